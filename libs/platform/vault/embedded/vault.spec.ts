import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DIE, noFaults, PAGES, type Faults } from '#platform/sqlite/faults';
import { jsonBytes } from '#platform/vault/records';
import { MovableClock } from '#testing/context';
import { held, holdSync, release } from '#testing/faults';
import { newFolder } from '#testing/folder';
import { newOwner, vaultContract } from '#testing/vault-contract';
import { KeyRing, type VaultWriter } from './key-ring.js';
import { VaultReader } from './reader.js';
import { EmbeddedVault } from './vault.js';

const KEY = Buffer.alloc(32, 7);

vaultContract('the embedded one', async () => {
  const clock = new MovableClock();
  const vault = await EmbeddedVault.open({ folder: newFolder(), masterKey: KEY, clock });
  const { personalData, blobs, records } = vault;
  return { personalData, blobs, records, clock, stop: () => vault.close() };
});

describe('the embedded vault', () => {
  let folder: string;
  let faults: Faults;
  let clock: MovableClock;
  let vault: EmbeddedVault;
  const open = async (masterKey: Uint8Array = KEY) => {
    faults = noFaults();
    vault = await EmbeddedVault.open({ folder, masterKey, clock, faults });
  };
  beforeEach(async () => {
    folder = newFolder();
    clock = new MovableClock();
    await open();
  });
  afterEach(async () => {
    release(faults);
    await vault.close();
  });

  const files = () => readdirSync(join(folder, 'blobs'));
  const inDatabase = (sql: string): unknown[] => {
    const db = new DatabaseSync(join(folder, 'vault.db'));
    const rows = db.prepare(sql).all();
    db.close();
    return rows;
  };
  const away = { code: 'store-unavailable', kind: 'unavailable' };
  const owner = newOwner();
  const SMALL = Buffer.from('Quarterly figures of Zebra Ltd');
  const LARGE = Buffer.alloc(400_000, 'Quarterly figures of Zebra Ltd. ');

  it('keeps everything over a restart, and nothing that could be read without the master key', async () => {
    const sealed = await vault.personalData.seal(owner, { name: 'Zebra Ltd' });
    const small = await vault.blobs.put(owner, SMALL);
    const large = await vault.blobs.put(owner, LARGE);
    await vault.records.put('secret/one', jsonBytes({ password: 'Zebra Ltd' }));
    const everyFile = () =>
      readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
    const search = () => {
      for (const { parentPath, name } of everyFile()) {
        const content = readFileSync(join(parentPath, name));
        for (const trace of ['Zebra', Buffer.from('Zebra').toString('base64').slice(0, 6), KEY])
          expect(content.includes(trace)).toBe(false);
      }
    };
    search();
    await vault.close();
    search();
    await open();
    expect(await vault.personalData.open(sealed)).toEqual({ name: 'Zebra Ltd' });
    expect(await vault.blobs.read(small.blobId)).toEqual(SMALL);
    expect(LARGE.equals((await vault.blobs.read(large.blobId)) ?? SMALL)).toBe(true);
    expect(await vault.records.get('secret/one')).not.toBeNull();
  });

  it('does not open under another master key', async () => {
    await vault.close();
    await expect(open(Buffer.alloc(32, 8))).rejects.toThrow('master key');
    await open();
  });

  it('settles nothing before the sync, and a new key with the blob it is for in one commit', async () => {
    holdSync(faults);
    let settled = 0;
    const count = () => (settled += 1);
    const writes = [
      vault.blobs.put(owner, SMALL).then(count),
      vault.personalData.seal(owner, { name: 'Zebra' }).then(count),
    ];
    const lost = Promise.allSettled(writes);
    await held(faults);
    expect(settled).toBe(0);
    Atomics.store(faults, DIE, 1);
    release(faults);
    expect((await lost).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await vault.close();
    expect(inDatabase('SELECT id FROM key UNION SELECT id FROM blob')).toEqual([]);
    await open();
    await vault.blobs.put(owner, SMALL);
  });

  it('erases at once, while the disk still has the key, and gives the next one a new key', async () => {
    const sealed = await vault.personalData.seal(owner, { name: 'Zebra' });
    holdSync(faults);
    const erased = vault.personalData.erase(owner);
    await held(faults);
    expect(await vault.personalData.open(sealed)).toBe('erased');
    const again = vault.personalData.seal(owner, { name: 'Lion' });
    release(faults);
    await erased;
    expect(await vault.personalData.open(sealed)).toBe('erased');
    expect(await vault.personalData.open(await again)).toEqual({ name: 'Lion' });
  });

  it('notices a changed byte, a missing part, and content in the place of other content', async () => {
    const rows = [await vault.blobs.put(owner, SMALL), await vault.blobs.put(owner, Buffer.from('other'))];
    const large = await vault.blobs.put(owner, LARGE);
    const sealed = await vault.personalData.seal(owner, { name: 'Zebra' });
    for (const name of ['a', 'b']) await vault.records.put(name, Buffer.from(name));
    const tampered = { name: 'Tampered' };
    const other = sealed['c']?.startsWith('A') ? 'B' : 'A';
    await expect(
      vault.personalData.open({ ...sealed, c: other + sealed['c']?.slice(1) }),
    ).rejects.toMatchObject(tampered);
    const path = join(folder, 'blobs', files()[0] ?? '');
    const content = readFileSync(path);
    content.writeUInt8(content.readUInt8(70_000) ^ 1, 70_000);
    writeFileSync(path, content);
    await expect(vault.blobs.read(large.blobId)).rejects.toMatchObject(tampered);
    const read: Buffer[] = [];
    const reading = (async () => {
      for await (const chunk of (await vault.blobs.open(large.blobId)) ?? []) read.push(chunk);
    })();
    await expect(reading).rejects.toMatchObject(tampered);
    expect(LARGE.subarray(0, 65_536).equals(Buffer.concat(read))).toBe(true);
    truncateSync(path, 65_536 + 16);
    await expect(vault.blobs.read(large.blobId)).rejects.toMatchObject(tampered);

    await vault.close();
    inDatabase('DELETE FROM blob WHERE file IS NOT NULL');
    inDatabase(`UPDATE blob SET (size, secret, content) =
      (SELECT size, secret, content FROM blob AS other WHERE other.number <> blob.number) WHERE number = 1`);
    inDatabase("UPDATE record SET value = (SELECT value FROM record WHERE name = 'a') WHERE name = 'b'");
    await open();
    await expect(vault.blobs.read(rows[0]?.blobId ?? '')).rejects.toMatchObject(tampered);
    await expect(vault.records.get('b')).rejects.toMatchObject(tampered);
    expect(await vault.records.get('a')).not.toBeNull();
  });

  it('leaves nothing of what was erased: no key, no row, no file, no trace in the pages', async () => {
    const tenantId = 'ten_gone';
    const owners = Array.from({ length: 5 }, (_, index) =>
      newOwner({ tenantId, inboxId: `inb_${index % 2}` }),
    );
    for (const one of owners) {
      await vault.blobs.put(one, SMALL);
      await vault.blobs.put(one, LARGE);
    }
    await vault.blobs.put(owner, LARGE);
    const keys = inDatabase('SELECT wrapped FROM key') as { wrapped: Uint8Array }[];
    await vault.personalData.eraseScope({ tenantId });
    await vault.sweep();
    await vault.sweep();
    expect(files()).toHaveLength(1);
    expect(inDatabase('SELECT id FROM key')).toHaveLength(3);
    expect(inDatabase('SELECT id FROM blob')).toHaveLength(1);
    expect(inDatabase('SELECT key FROM erased UNION SELECT file FROM doomed')).toEqual([]);
    await vault.close();
    const database = readFileSync(join(folder, 'vault.db'));
    expect(keys.filter(({ wrapped }) => database.includes(Buffer.from(wrapped)))).toHaveLength(3);
  });

  it('removes, when it opens, the file of a blob that was being written when the process ended', async () => {
    await vault.blobs.put(owner, LARGE);
    async function* endless() {
      for (let piece = 0; ; piece += 1) {
        yield LARGE;
        if (piece === 1) Atomics.store(faults, DIE, 1);
        if (piece === 2) await expect(vault.records.put('a', SMALL)).rejects.toMatchObject(away);
        if (piece === 3) throw new Error('the process ended');
      }
    }
    await expect(vault.blobs.put(owner, endless())).rejects.toThrow('the process ended');
    await vault.close();
    writeFileSync(join(folder, 'blobs', 'x'), '');
    inDatabase("INSERT INTO doomed VALUES ('x', 1) RETURNING file");
    await open();
    await vault.sweep();
    await vault.sweep();
    expect(files()).toHaveLength(1);
  });

  it('keeps the file of a blob that was stored though nobody heard of it, for whoever repeats it', async () => {
    const whole = Buffer.concat([LARGE, LARGE]);
    async function* thenDying() {
      yield whole;
      Atomics.store(faults, DIE, 2);
    }
    await expect(vault.blobs.put(owner, thenDying())).rejects.toMatchObject(away);
    await vault.close();
    await open();
    const { blobId } = await vault.blobs.put(owner, whole);
    await vault.sweep();
    expect(whole.equals((await vault.blobs.read(blobId)) ?? SMALL)).toBe(true);
    expect(files()).toHaveLength(1);
  });

  it('refuses what a full disk cannot take, and goes on once there is room', async () => {
    await vault.records.put('a', SMALL);
    Atomics.store(faults, PAGES, 1);
    const content = randomBytes(200_000);
    await expect(vault.blobs.put(owner, content)).rejects.toMatchObject(away);
    await expect(vault.records.put('b', content)).rejects.toMatchObject(away);
    expect(await vault.records.get('a')).not.toBeNull();
    Atomics.store(faults, PAGES, 0);
    const { blobId } = await vault.blobs.put(owner, content);
    expect(await vault.blobs.read(blobId)).toEqual(content);
  });

  it('sweeps what expired', async () => {
    const expiresAt = new Date(Date.parse(clock.now()) + 1_000).toISOString();
    for (let index = 0; index < 300; index += 1)
      void vault.records.put(`short/${index}`, SMALL, { expiresAt });
    await vault.records.put('long', SMALL);
    clock.pass(1_000);
    await vault.sweep();
    expect(inDatabase('SELECT name FROM record')).toEqual([{ name: 'long' }]);
  });

  it('holds unwrapped keys for a minute at most, and then asks the disk again', async () => {
    let now = 0;
    const reader = new VaultReader(join(folder, 'vault.db'));
    const writer = { submit: async () => true } as unknown as VaultWriter;
    const ring = new KeyRing(reader, writer, KEY, () => now);
    const { id, stored } = await ring.of(owner);
    await stored;
    now = 59_999;
    expect(ring.byId(id)?.id).toBe(id);
    now = 60_000;
    expect(ring.byId(id)).toBeUndefined();
    ring.close();
    reader.close();
  });
});

import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { jsonBytes, readJson, type Records } from '#platform/vault/records';
import type { VaultUnderTest } from './vault-contract.js';

/** The part of a vault's contract that is about `Records`. */
export const recordsContract = (open: () => VaultUnderTest) => {
  let vault: VaultUnderTest;
  let records: Records;
  beforeAll(() => {
    vault = open();
    ({ records } = vault);
  });

  describe('keeps records', () => {
    const newKind = () => `kind-${randomUUID()}`;
    const value = jsonBytes({ secret: 'värde' });

    it('by name, until they are deleted', async () => {
      const name = `${newKind()}/a`;
      expect(await records.get(name)).toBeNull();
      expect(await records.put(name, value)).toBe(true);
      expect(await readJson(records, name)).toEqual({ secret: 'värde' });
      expect(await records.get(name)).toMatchObject({ expiresAt: null });
      await records.delete(name);
      await records.delete(name);
      expect(await records.get(name)).toBeNull();
    });

    it('and replaces one only at the version that was read, if the caller insists', async () => {
      const name = `${newKind()}/a`;
      expect(await records.put(name, value, { expected: 7 })).toBe(false);
      expect(await records.put(name, value, { expected: 'absent' })).toBe(true);
      expect(await records.put(name, value, { expected: 'absent' })).toBe(false);
      const version = (await records.get(name))?.version ?? 0;
      expect(await records.put(name, Buffer.from('second'), { expected: version })).toBe(true);
      expect(await records.put(name, Buffer.from('third'), { expected: version })).toBe(false);
      expect(Buffer.from((await records.get(name))?.value ?? []).toString()).toBe('second');
      expect((await records.get(name))?.version).not.toBe(version);
    });

    it('so that of many who insist at once one wins', async () => {
      const name = `${newKind()}/a`;
      const claims = Array.from({ length: 20 }, () => records.put(name, value, { expected: 'absent' }));
      expect((await Promise.all(claims)).filter((isMine) => isMine)).toHaveLength(1);
    });

    it('until they expire: then they are absent, and never back under a version of before', async () => {
      const name = `${newKind()}/a`;
      const expiresAt = new Date(Date.parse(vault.clock.now()) + 60_000).toISOString();
      await records.put(name, value, { expiresAt });
      const { version = 0 } = (await records.get(name)) ?? {};
      expect(await records.get(name)).toMatchObject({ expiresAt });
      expect(await records.put(name, value, { expected: 'absent' })).toBe(false);
      vault.clock.pass(60_000);
      expect(await records.get(name)).toBeNull();
      expect(await records.list(name)).toEqual([]);
      expect(await records.put(name, value, { expected: version })).toBe(false);
      expect(await records.put(name, value, { expected: 'absent' })).toBe(true);
      expect(await records.put(name, value, { expected: version })).toBe(false);
    });

    it('and lists names by prefix, in order', async () => {
      const kind = newKind();
      for (const name of ['b', 'a/2', 'a/1', 'ä', 'a']) await records.put(`${kind}/${name}`, value);
      await records.put(`${kind}0`, value);
      const names = (prefix: string) => records.list(`${kind}/${prefix}`);
      expect(await names('')).toEqual(['a', 'a/1', 'a/2', 'b', 'ä'].map((name) => `${kind}/${name}`));
      expect(await names('a/')).toEqual([`${kind}/a/1`, `${kind}/a/2`]);
      expect(await names('none')).toEqual([]);
    });
  });
};

import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Blobs } from '#platform/vault/blobs';
import type { Owner, PersonalData, Sealed } from '#platform/vault/personal-data';
import type { Records } from '#platform/vault/records';
import type { MovableClock } from './context.js';
import { recordsContract } from './records-contract.js';

export type VaultUnderTest = Readonly<{
  personalData: PersonalData;
  blobs: Blobs;
  records: Records;
  /** What expiry goes by. */
  clock: MovableClock;
  stop(): Promise<void>;
}>;

export const newOwner = (over: Partial<Owner['scope']> = {}): Owner => ({
  scope: { tenantId: `ten_${randomUUID()}`, inboxId: `inb_${randomUUID()}`, ...over },
  subject: `msg_${randomUUID()}`,
});

/** What any adapter of the three ports of the vault must do, together and each alone. */
export const vaultContract = (name: string, open: () => Promise<VaultUnderTest>) =>
  describe(`${name}, a vault,`, () => {
    let vault: VaultUnderTest;
    let personalData: PersonalData;
    let blobs: Blobs;
    beforeAll(async () => {
      vault = await open();
      ({ personalData, blobs } = vault);
    });
    afterAll(() => vault.stop());

    describe('seals personal fields', () => {
      const fields = { name: 'Zoë Example', list: [1, { deep: '\u0000"' }], none: null };

      it('and opens them again, whatever they hold', async () => {
        const sealed = await personalData.seal(newOwner(), fields);
        expect(JSON.stringify(sealed)).not.toContain('Example');
        // What was just sealed may be known still; the second time it is deciphered.
        for (const _ of ['first', 'second'])
          expect(await personalData.open(JSON.parse(JSON.stringify(sealed)))).toEqual(fields);
        const owner = newOwner();
        await fc.assert(
          fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue()), async (some) => {
            const plain = JSON.parse(JSON.stringify(some)) as object;
            const one = await personalData.seal(owner, some);
            expect([await personalData.open(one), await personalData.open(one)]).toEqual([plain, plain]);
          }),
          { numRuns: 30 },
        );
      });

      it('under one key, also when the first of a subject come at once', async () => {
        const owner = newOwner();
        const numbers = Array.from({ length: 20 }, (_, number) => number);
        const sealed = await Promise.all(numbers.map((number) => personalData.seal(owner, { number })));
        const opened = await Promise.all(sealed.map((one) => personalData.open(one)));
        expect(opened).toEqual(numbers.map((number) => ({ number })));
        await personalData.erase(owner);
        const gone = await Promise.all(sealed.map((one) => personalData.open(one)));
        expect(gone).toEqual(numbers.map(() => 'erased'));
      });

      it('until their subject is erased: at once, for good, and for nobody else', async () => {
        const [erased, other] = [newOwner(), newOwner()];
        const sibling = { ...erased, subject: `${erased.subject}x` };
        const sealed: Sealed[] = [];
        for (const owner of [erased, other, sibling]) sealed.push(await personalData.seal(owner, fields));
        const opened = () => Promise.all(sealed.map((one) => personalData.open(one)));
        expect(await opened()).toEqual([fields, fields, fields]);
        await personalData.erase(erased);
        await personalData.erase(erased);
        expect(await opened()).toEqual(['erased', fields, fields]);
        sealed.push(await personalData.seal(erased, { again: true }));
        expect(await opened()).toEqual(['erased', fields, fields, { again: true }]);
      });

      it('until the inbox or the tenant above is erased, with everything beneath', async () => {
        const tenantId = `ten_${randomUUID()}`;
        const [one, two] = [newOwner({ tenantId }), newOwner({ tenantId })];
        const without = newOwner({ tenantId, inboxId: undefined });
        const foreign = newOwner({ tenantId: `${tenantId}0` });
        const owners = [one, two, without, foreign];
        const sealed = await Promise.all(owners.map((owner) => personalData.seal(owner, fields)));
        const refs = await Promise.all(owners.map((owner) => blobs.put(owner, Buffer.from('content'))));
        const readable = async () => {
          const opened = await Promise.all(sealed.map((one) => personalData.open(one)));
          const read = await Promise.all(refs.map(({ blobId }) => blobs.read(blobId)));
          expect(read.map((content) => content !== null)).toEqual(opened.map((found) => found !== 'erased'));
          return read.map((content) => content !== null);
        };
        await personalData.eraseScope(one.scope);
        expect(await readable()).toEqual([false, true, true, true]);
        const again = await personalData.seal(one, fields);
        expect(await personalData.open(again)).toEqual(fields);
        await personalData.eraseScope({ tenantId });
        await personalData.eraseScope({ tenantId });
        expect(await readable()).toEqual([false, false, false, true]);
        expect(await personalData.open(again)).toBe('erased');
      });

      it('in whatever order sealing and erasing come: what was sealed before is gone, what comes after is not', async () => {
        const step = fc.constantFrom('seal', 'seal', 'erase', 'eraseScope');
        await fc.assert(
          fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
            const owner = newOwner();
            const sealed: Promise<Sealed>[] = [];
            const erasures: Promise<void>[] = [];
            let survivors = 0;
            for (const what of steps)
              if (what === 'seal') sealed.push(personalData.seal(owner, { number: sealed.length }));
              else {
                await Promise.all(sealed);
                survivors = sealed.length;
                erasures.push(
                  what === 'erase' ? personalData.erase(owner) : personalData.eraseScope(owner.scope),
                );
              }
            await Promise.all(erasures);
            const opened = [];
            for (const one of await Promise.all(sealed)) opened.push(await personalData.open(one));
            expect(opened).toEqual(sealed.map((_, number) => (number < survivors ? 'erased' : { number })));
          }),
          { numRuns: 30 },
        );
      });
    });

    describe('keeps blobs', () => {
      const collect = async (source: AsyncIterable<Uint8Array> | null) => {
        const hash = createHash('sha256');
        let size = 0;
        for await (const chunk of source ?? []) {
          hash.update(chunk);
          size += chunk.byteLength;
        }
        return { size, hash: hash.digest('hex') };
      };
      async function* streamed(content: Uint8Array, piece: number) {
        for (let from = 0; from < content.byteLength; from += piece)
          yield content.subarray(from, from + piece);
      }
      const KIB = 1024;

      it.each([0, 1, 64 * KIB - 1, 64 * KIB, 64 * KIB + 1, 256 * KIB, 256 * KIB + 1, 3_000_001])(
        'of %i bytes, as one piece or streamed, and gives them back byte for byte',
        async (size) => {
          const owner = newOwner();
          const content = randomBytes(size);
          const whole = await blobs.put(owner, content);
          expect(whole).toEqual({ blobId: expect.stringMatching(/^blb_[0-9A-Za-z]+$/), size });
          expect(await blobs.put(owner, streamed(content, 10_007))).toEqual(whole);
          expect(content.equals((await blobs.read(whole.blobId)) ?? Buffer.from('none'))).toBe(true);
          expect(await collect(await blobs.open(whole.blobId))).toEqual(
            await collect(streamed(content, KIB)),
          );
        },
      );

      it('and gives back any part of them', async () => {
        const edges = [0, 1, 64 * KIB - 1, 64 * KIB, 64 * KIB + 1, 128 * KIB, 200_000, 299_999, 300_000];
        for (const size of [200_000, 300_000]) {
          const content = randomBytes(size);
          const { blobId } = await blobs.put(newOwner(), content);
          for (const from of edges.filter((edge) => edge < size))
            for (const to of edges.filter((edge) => edge > from && edge <= size))
              expect(await collect(await blobs.open(blobId, { from, to }))).toEqual(
                await collect(streamed(content.subarray(from, to), KIB)),
              );
        }
      });

      it('by content within one subject, so that deleting one never takes that of another', async () => {
        const [one, other] = [newOwner(), newOwner()];
        const content = Buffer.from('the same');
        const ids = [];
        for (const owner of [one, one, other]) ids.push((await blobs.put(owner, content)).blobId);
        expect(ids[0]).toBe(ids[1]);
        expect(ids[0]).not.toBe(ids[2]);
        await blobs.delete(ids[0] ?? '');
        await blobs.delete(ids[0] ?? '');
        expect(await blobs.read(ids[0] ?? '')).toBeNull();
        expect(await blobs.open(ids[0] ?? '')).toBeNull();
        expect(await blobs.read(ids[2] ?? '')).toEqual(content);
        expect(await blobs.put(one, content)).toMatchObject({ blobId: ids[0] });
        expect(await blobs.read(ids[0] ?? '')).toEqual(content);
      });

      it.each([10, 300 * KIB])(
        'and nothing of one that exceeds its limit of %i bytes, or fails',
        async (limit) => {
          const owner = newOwner();
          const content = randomBytes(limit + 1);
          const tooLarge = { code: 'blob-too-large', kind: 'invalid' };
          await expect(blobs.put(owner, content, limit)).rejects.toMatchObject(tooLarge);
          let isClosed = false;
          async function* endless() {
            try {
              for (;;) yield content;
            } finally {
              isClosed = true;
            }
          }
          await expect(blobs.put(owner, endless(), limit)).rejects.toMatchObject(tooLarge);
          expect(isClosed).toBe(true);
          async function* broken() {
            yield content.subarray(0, limit);
            throw new RangeError('the peer went away');
          }
          await expect(blobs.put(owner, broken(), limit)).rejects.toThrow('the peer went away');
          expect((await blobs.put(owner, content.subarray(0, limit), limit)).size).toBe(limit);
        },
      );

      it.each([10, 300 * KIB])('of %i bytes until their subject is erased', async (size) => {
        const owner = newOwner();
        const content = randomBytes(size);
        const { blobId } = await blobs.put(owner, content);
        await personalData.erase(owner);
        expect([await blobs.read(blobId), await blobs.open(blobId)]).toEqual([null, null]);
        const again = await blobs.put(owner, content);
        expect(await blobs.read(again.blobId)).toEqual(content);
      });

      it('that many put at once', async () => {
        const owner = newOwner();
        const contents = Array.from({ length: 30 }, (_, index) => randomBytes(index * 9_001));
        const refs = await Promise.all(contents.map((content) => blobs.put(owner, content)));
        const same = await Promise.all(contents.map(() => blobs.put(owner, contents[29] ?? Buffer.alloc(0))));
        expect(new Set(same.map(({ blobId }) => blobId))).toEqual(new Set([refs[29]?.blobId]));
        for (const [index, { blobId }] of refs.entries())
          expect(contents[index]?.equals((await blobs.read(blobId)) ?? Buffer.alloc(0))).toBe(true);
      });

      it('and answers null for what it does not know', async () => {
        expect([await blobs.read('blb_unknown'), await blobs.open('blb_unknown')]).toEqual([null, null]);
      });
    });

    recordsContract(() => vault);
  });

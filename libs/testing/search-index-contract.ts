import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Position } from '#kernel/event-store';
import type { SearchIndex, SearchWord } from '#platform/search/search-index';
import { InMemorySearchIndex } from './in-memory-search-index.js';

const INDEX = 'mails_v1';
const FIELDS = ['subject', 'text'];
const scope = { tenantId: 'ten_A1', inboxId: 'inb_A1' };
const at = (minute: number) => `2026-01-01T00:${String(minute).padStart(2, '0')}:00.000Z`;

/** What every search index promises; the plainest one is the model. */
export const searchIndexContract = (
  name: string,
  open: () => Promise<SearchIndex>,
  close: (index: SearchIndex) => Promise<void>,
) =>
  describe(`the ${name} search index`, () => {
    let index: SearchIndex;
    beforeEach(async () => {
      index = await open();
      await index.prepare(INDEX, FIELDS);
    });
    afterEach(() => close(index));

    const put = (key: string, subject: string, minute = 0, whose = scope) =>
      index.write(
        INDEX,
        new Map([[key, { scope: whose, at: at(minute), fields: { subject, text: 'Grüße aus Köln' } }]]),
        BigInt(minute) as Position,
      );
    const find = (words: readonly SearchWord[], limit = 10) => index.search(INDEX, scope, words, limit);
    const word = (text: string, field?: string): SearchWord => ({ word: text, ...(field && { field }) });

    it('is emptied where it is past the end of the log, and stays as it is elsewhere', async () => {
      await put('one', 'Invoice', 2);
      await index.prepare(INDEX, FIELDS, 2n as Position);
      expect([await find([word('invoice')]), await index.checkpoint(INDEX)]).toEqual([['one'], 2n]);
      await index.prepare(INDEX, FIELDS, 1n as Position);
      expect([await find([word('invoice')]), await index.checkpoint(INDEX)]).toEqual([[], undefined]);
      await put('two', 'Invoice', 1);
      expect(await find([word('invoice')])).toEqual(['two']);
    });

    it('finds the start of a word, without regard to case and accents, newest first', async () => {
      await put('old', 'Invoice 4711', 1);
      await put('new', 'INVOICES due', 2);
      expect(await find([word('invoi'), word('kol')])).toEqual(['new', 'old']);
      expect(await find([word('invoice'), word('4711')])).toEqual(['old']);
      expect(await find([word('nvoice')])).toEqual([]);
      expect(await find([word('invoice')], 1)).toEqual(['new']);
    });

    it('wants a word of one or two letters whole, and a field if it is named', async () => {
      await put('a', 'to be or not');
      expect(await find([word('to')])).toEqual(['a']);
      expect(await find([word('no')])).toEqual([]);
      expect(await find([word('not', 'subject')])).toEqual(['a']);
      expect(await find([word('not', 'text')])).toEqual([]);
    });

    it('takes what stands between quotes or stars for text', async () => {
      await put('a', 'ann@bank.example wrote "hello"');
      expect(await find([word('ann@bank.exam')])).toEqual(['a']);
      expect(await find([word('"hello" OR x*')])).toEqual([]);
      expect(await find([word('bank ann')])).toEqual([]);
    });

    it('answers nobody with what is not his', async () => {
      await put('theirs', 'hello', 1, { tenantId: 'ten_A1', inboxId: 'inb_B1' });
      await put('foreign', 'hello', 1, { tenantId: 'ten_B1', inboxId: 'inb_A1' });
      expect(await find([word('hello')])).toEqual([]);
      expect(await index.search(INDEX, { tenantId: 'ten_A1' }, [word('hello')], 10)).toEqual(['theirs']);
    });

    it('forgets and replaces, and keeps its place', async () => {
      expect(await index.checkpoint(INDEX)).toBeUndefined();
      await put('a', 'first');
      await put('a', 'second', 3);
      expect([await find([word('first')]), await find([word('second')])]).toEqual([[], ['a']]);
      await index.write(INDEX, new Map([['a', null]]), 4n as Position);
      expect([await find([word('second')]), await index.checkpoint(INDEX)]).toEqual([[], 4n]);
    });

    it('answers every question as the plainest one does', async () => {
      const term = fc.constantFrom('an', 'and', 'Ändern', 'ander', 'b', 'bé', 'bee-keeper', 'x1', 'İstanbul');
      const text = fc.array(term, { maxLength: 4 }).map((terms) => terms.join(' '));
      let round = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(text, text), { maxLength: 6 }),
          fc.array(fc.tuple(term, fc.constantFrom(undefined, 'subject', 'text')), {
            minLength: 1,
            maxLength: 2,
          }),
          async (documents, asked) => {
            const name = `round${(round += 1)}_v1`;
            const model = new InMemorySearchIndex();
            const everything = new Map(
              documents.map(([subject, body], minute) => [
                `k${minute}`,
                { scope, at: at(minute), fields: { subject, text: body } },
              ]),
            );
            await index.prepare(name, FIELDS);
            await index.write(name, everything, 0n as Position);
            await model.write(name, everything, 0n as Position);
            const words = asked.map(([text, field]) => word(text, field));
            expect(await index.search(name, scope, words, 10)).toEqual(
              await model.search(name, scope, words, 10),
            );
          },
        ),
        { numRuns: 50 },
      );
    });
  });

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { clientScript, converse, cutAt } from '#testing/smtp-script';

describe('a conversation', () => {
  it('makes sense whatever is sent, and is the same however the network cuts it', () => {
    const places = fc.array(fc.nat(), { maxLength: 10 });
    fc.assert(
      fc.property(clientScript, places, (bytes, cuts) => {
        // What comes along with STARTTLS is thrown away, so there it does matter.
        fc.pre(!/STARTTLS/i.test(bytes.toString('latin1')));
        expect(converse(cutAt(bytes, cuts))).toEqual(converse([bytes]));
      }),
      { numRuns: 400 },
    );
  });

  it('makes sense with STARTTLS anywhere', () => {
    fc.assert(
      fc.property(clientScript, (bytes) => void converse([bytes])),
      { numRuns: 300 },
    );
  });
});

import { describe, expect, it } from '@jest/globals';
import { reasonOf } from './reasons.js';
import { commandIn, repliesIn, statusIn } from './status-code.js';
import { deliveryOf, verpAddress } from './verp.js';

describe('what a refusal is made of', () => {
  it('is told from dates, addresses and ports', () => {
    expect(repliesIn('at 192.0.2.250 port 554; 10.550 said hello')).toEqual([]);
    expect(repliesIn('said: 550-5.7.26 Unauthenticated')).toMatchObject([{ code: '550', status: '5.7.26' }]);
    expect(statusIn('version 15.1.2375.7 said 5.4.14 hops')).toBe('5.4.14');
    expect(commandIn('550 unknown (in reply to RCPT TO command)')).toBe('RCPT');
    expect(commandIn('in reply to end of DATA command')).toBe('DATA');
  });

  it('leaves an address alone where a filter may have chosen the words', () => {
    const of = (status: string | null, command: 'RCPT' | 'DATA' | null) =>
      reasonOf({
        texts: ['550 user unknown'],
        notice: '',
        peer: '',
        delayed: false,
        status,
        command,
        structured: true,
        byRule: false,
      });
    expect([of('5.1.1', null), of(null, 'RCPT'), of(null, 'DATA'), of('5.7.1', null)]).toEqual([
      'userunknown',
      'userunknown',
      'filtered',
      'filtered',
    ]);
  });

  it('comes back to the delivery that its return path names', () => {
    const id = 'dlv_01HZZZZZZZZZZZZZZZZZZZZZZZ';
    expect(deliveryOf(verpAddress(id, 'acme.example').toLowerCase())).toBe(id);
  });
});

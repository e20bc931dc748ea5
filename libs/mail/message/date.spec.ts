import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseDate } from './date.js';

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
const two = (number: number) => String(number).padStart(2, '0');

it('a date is read in every form that RFC 5322 has and had', () => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date('1970-01-02'), max: new Date('2049-12-30'), noInvalidDate: true }),
      fc.integer({ min: -14 * 4, max: 14 * 4 }),
      fc.boolean(),
      fc.constantFrom('', 'Tue, ', 'tue,', 'Tue , ', '(a (b)) '),
      fc.constantFrom(' ', '  ', '\t', ' (c) '),
      fc.constantFrom('', ' (CET)', ' (x(y)z)'),
      (date, quarters, short, day, space, comment) => {
        const local = new Date(date.getTime() + quarters * 15 * 60_000);
        const [hours, minutes] = [Math.trunc(Math.abs(quarters) / 4), (Math.abs(quarters) % 4) * 15];
        const year = local.getUTCFullYear();
        const written = [
          `${day}${local.getUTCDate()}`,
          MONTHS[local.getUTCMonth()]!,
          short ? two(year % 100) : String(year),
          `${two(local.getUTCHours())}:${two(local.getUTCMinutes())}:${two(local.getUTCSeconds())}`,
          `${quarters < 0 ? '-' : '+'}${two(hours)}${two(minutes)}${comment}`,
        ].join(space);
        fc.pre(!short || (year >= 1970 && year < 2050));
        expect(parseDate(written)).toBe(`${date.toISOString().slice(0, 19)}.000Z`);
      },
    ),
    { seed: 5_322, numRuns: 300 },
  );
});

it.each([
  ['3 Mar 26 10:00 EST', '15:00:00'],
  ['Tue, 3 Mar 2026 10:00 GMT', '10:00:00'],
  ['Tuesday, 03-Mar-26 10:00:00 GMT', '10:00:00'],
  ['Tue, 3 Mar 2026 10:00:00', '10:00:00'],
  ['Tue, 3 Mar 2026 10:00:00 A', '10:00:00'],
  ['Tue, 3 March 2026 10:00:00 PDT', '17:00:00'],
  ['Tue, 3 Mar 2026 10:00:00 MSK', '07:00:00'],
  ['Tue, 3 Mar 2026 10:00:00 XYZ', '10:00:00'],
  ['Tue, 3 Mar 2026 10:00:00 GMT+2', '08:00:00'],
  ['Tue, 3 Mar 2026 10:00:00 +02:00', '08:00:00'],
  ['Tue, 3 Mar 2026 10:00:00.123 +0200', '08:00:00'],
  ['Tue, 3 Mar 2026 1:2:3 +0000', '01:02:03'],
  ['Tue,3 Mar 2026 10.00.00+0000', '10:00:00'],
  ['3 Mar 126 10:00:00 +0000', '10:00:00'],
  ['Tue Mar  3 10:00:00 2026', '10:00:00'],
  ['Tue Mar 3 10:00:00 CET 2026', '09:00:00'],
  ['Mar 3, 2026 10:00:00 PM', '22:00:00'],
  ['Mar 3, 2026 12:05 AM', '00:05:00'],
  ['2026-03-03T10:00:00Z', '10:00:00'],
  ['2026-03-03 10:00:00 +0100', '09:00:00'],
  ['Di, 3 Mär 2026 10:00:00 +0100', '09:00:00'],
  ['mar., 3 mars 2026 10:00:00 +0100', '09:00:00'],
])('%s is at %s', (written, time) => expect(parseDate(written)).toBe(`2026-03-03T${time}.000Z`));

it.each([
  '',
  'garbage',
  '1772532000',
  'Tue, 0 Mar 2026 10:00:00 +0000',
  '3 Foo 2026 10:00',
  '3 Mar 2026 25:00:00',
])('%j is no date', (written) => expect(parseDate(written)).toBeNull());

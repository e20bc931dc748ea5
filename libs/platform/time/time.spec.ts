import { describe, expect, it } from '@jest/globals';
import { shownIn } from './local-time.js';
import { readTime } from './read-time.js';

/** A Wednesday. */
const NOW = '2026-06-03T10:20:30.400Z';
const BERLIN = 'Europe/Berlin';
const inBerlin = (text: string) => readTime(text, BERLIN, NOW)?.moment.toUTC().toISO();

describe('a time', () => {
  it.each([
    ['2026-06-06T09:30:00Z', '2026-06-06T09:30:00.000Z'],
    ['2026-06-06T09:30:00+05:30', '2026-06-06T04:00:00.000Z'],
    ['2026-06-06T09:30:00 05:30', '2026-06-06T04:00:00.000Z'],
    ['2026-06-06T09:30', '2026-06-06T07:30:00.000Z'],
    ['2026-06-06 09:30', '2026-06-06T07:30:00.000Z'],
    ['2026-06-06', '2026-06-05T22:00:00.000Z'],
    ['2026-01-06', '2026-01-05T23:00:00.000Z'],
    ['now', NOW.replace('.400', '.000')],
    ['in 2 hours', '2026-06-03T12:20:30.000Z'],
    ['90 minutes ago', '2026-06-03T08:50:30.000Z'],
    ['in 3 days', '2026-06-06T10:20:30.000Z'],
    ['in a week', '2026-06-10T10:20:30.000Z'],
    ['2 days ago', '2026-06-01T10:20:30.000Z'],
    ['1 month from now', '2026-07-03T10:20:30.000Z'],
    ['in 150 days', '2026-10-31T11:20:30.000Z'],
    ['in 3 days at 5pm', '2026-06-06T15:00:00.000Z'],
    ['tomorrow', '2026-06-03T22:00:00.000Z'],
    ['Yesterday at 5pm', '2026-06-02T15:00:00.000Z'],
    ['today 01:00', '2026-06-02T23:00:00.000Z'],
    ['next Wednesday', '2026-06-09T22:00:00.000Z'],
    ['next friday', '2026-06-04T22:00:00.000Z'],
    ['monday', '2026-06-07T22:00:00.000Z'],
    ['last monday', '2026-05-31T22:00:00.000Z'],
    ['last wednesday', '2026-05-26T22:00:00.000Z'],
    ['5 June 2026', '2026-06-04T22:00:00.000Z'],
  ])('%s is %s', (text, expected) => {
    expect(inBerlin(text)?.replace(/\.\d+Z$/, '.000Z')).toBe(expected);
  });

  it.each([
    ['2026-01-31', 'in 1 month', '2026-02-28'],
    ['2026-01-31', 'in 2 months', '2026-03-31'],
    ['2026-01-31', 'in a month and 2 days', '2026-03-02'],
    ['2026-01-31', 'in 35 days', '2026-03-07'],
    ['2026-01-30', 'next month', '2026-02-28'],
    ['2028-02-29', 'in 1 year', '2029-02-28'],
    ['2026-11-30', 'in 1 quarter', '2027-02-28'],
    ['2026-05-31', '1 month ago', '2026-04-30'],
    ['2026-03-31', '1 month and 2 days ago', '2026-02-26'],
    ['2026-03-31', 'last month', '2026-02-28'],
    ['2026-01-31', '5 February 2026', '2026-02-05'],
  ])('on %s, %s is %s: no month has more days than it has', (today, text, expected) => {
    const read = readTime(text, 'America/New_York', `${today}T17:00:00.000Z`);
    expect(read?.moment.toISODate()).toBe(expected);
  });

  it.each([
    '',
    'soon-ish',
    '2026-13-01',
    'x tomorrow',
    'tomorrow or today',
    'friday next week',
    'monday in 2 weeks',
    '+12026-01-01',
    'a'.repeat(5_000),
  ])('%s is not understood', (text) => {
    expect(inBerlin(text)).toBeUndefined();
  });

  it.each([
    ['2026-06-06T09:30', 'absolute'],
    ['5 June 2026', 'absolute'],
    ['in 2 hours', 'relative'],
    ['3 days ago', 'relative'],
    ['next Monday', 'named'],
    ['tomorrow at 9am', 'named'],
  ])('%s is %s', (text, kind) => {
    expect(readTime(text, BERLIN, NOW)?.kind).toBe(kind);
  });

  it('that the clocks skip is as much later, one that comes twice is the earlier', () => {
    expect(inBerlin('2026-03-29T02:30:00')).toBe('2026-03-29T01:30:00.000Z');
    expect(inBerlin('2026-10-25T02:30:00')).toBe('2026-10-25T00:30:00.000Z');
    expect(readTime('2026-04-05T01:45:00', 'Australia/Lord_Howe', NOW)?.moment.toUTC().toISO()).toBe(
      '2026-04-04T14:45:00.000Z',
    );
  });

  it('is shown in its zone, or in UTC where there is none', () => {
    expect(shownIn(BERLIN, NOW)).toBe('2026-06-03T12:20:30');
    expect(shownIn(null, NOW)).toBe('2026-06-03T10:20:30Z');
  });
});

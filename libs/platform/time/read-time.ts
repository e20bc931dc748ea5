import type { ParsedComponents } from 'chrono-node';
import { casual } from 'chrono-node/en';
import { DateTime } from 'luxon';
import { momentOf } from './local-time.js';

/** `named`: a day or weekday by its name. `moment` is in the zone that the text was read in. */
export type TimeRead = Readonly<{ moment: DateTime; kind: 'absolute' | 'relative' | 'named' }>;

const LONGEST = 200;

/**
 * What people and programs call a time: ISO 8601 with or without an offset, "in 2 hours", "next Monday", "tomorrow at
 * 9am", "5 June 2026". Naive ones are read in the zone. Null: not understood, or outside the years 1 to 9999.
 */
export const readTime = (text: string, zone: string, now: string): TimeRead | null => {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed.length > LONGEST) return null;
  const isIso = /^\d{4}/.test(trimmed);
  const read = isIso ? readIso(trimmed, zone) : readWords(trimmed, DateTime.fromISO(now, { zone }));
  return read && read.moment.year >= 1 && read.moment.year <= 9_999 ? read : null;
};

const OFFSET = /^[^T]*T.*(?:Z|[+-]\d{2}(?::?\d{2})?)$/i;

const readIso = (text: string, zone: string): TimeRead | null => {
  // A "+" that was sent unescaped in a query arrives as a space.
  const iso = text.replace(/^(\d{4}-\d\d-\d\d) (?=\d)/, '$1T').replace(/(T[\d:.]+) (\d\d:?\d\d)$/, '$1+$2');
  const read = DateTime.fromISO(iso, { zone: 'utc' });
  if (!read.isValid) return null;
  return { moment: OFFSET.test(iso) ? read.setZone(zone) : momentOf(read, zone), kind: 'absolute' };
};

const TODAY = /\b(?:today|tomorrow|yesterday|tonight)\b/i;
/** "In 3 days" is so long from this very moment, unlike "tomorrow", which is a day. */
const isCounted = (text: string) => /\b(?:ago|in|from now|later)\b/i.test(text) && !TODAY.test(text);
const WEEKDAY = /\b(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\b/i;
const PERIOD = /\b(?:days?|weeks?|months?|years?)\b/i;

const readWords = (text: string, now: DateTime): TimeRead | null => {
  // "Friday next week" is read in more than one way, even by those who say it.
  if (WEEKDAY.test(text) && PERIOD.test(text)) return null;
  const [found, ...others] = parseFrom(dayToCountFrom(text, now), text, now);
  if (!found || others.length > 0 || found.text.length !== text.length) return null;
  const { start } = found;
  const zone = now.zoneName ?? 'utc';
  const hasClock = start.isCertain('hour');
  const isRelative =
    isCounted(text) || (/\b(?:now|next|last|past)\b/i.test(text) && !start.isCertain('weekday'));
  if (hasClock && start.isCertain('timezoneOffset'))
    return {
      moment: DateTime.fromJSDate(start.date(), { zone }),
      kind: isRelative ? 'relative' : 'absolute',
    };
  const day = dayOf(start, text, now);
  const isNamed = !start.isCertain('day') || TODAY.test(text);
  const kind = isRelative ? 'relative' : isNamed ? 'named' : 'absolute';
  return { moment: momentOf(day.set(clockOf(start, text, now)), zone), kind };
};

/** `day`: of the month of `now`. */
const parseFrom = (day: number, text: string, now: DateTime) => {
  const instant = new Date(now.toMillis() - (now.day - day) * DAY_MS);
  return casual.parse(text, { instant, timezone: now.offset }, { forwardDate: false });
};

const DAY_MS = 86_400_000;
const MONTHS = /(?:\b|\d)(?:mo[ns]?|months?|qtr|quarters?|y|yr|years?)\b/i;

/** A month from 31 January is 28 February, where chrono goes on to 3 March: it counts from a day that is in both. */
const dayToCountFrom = (text: string, now: DateTime): number => {
  if (now.day <= 28 || !MONTHS.test(text)) return now.day;
  const [later, earlier] = [1, 28].map((day) => parseFrom(day, text, now)[0]?.start);
  const landed = earlier && earlier.date() < now.toJSDate() ? earlier : later;
  const { daysInMonth } = DateTime.utc(landed?.get('year') ?? now.year, landed?.get('month') ?? now.month);
  return Math.min(now.day, daysInMonth ?? now.day);
};

const clockOf = (start: ParsedComponents, text: string, { hour, minute, second }: DateTime) => {
  if (start.isCertain('hour'))
    return {
      hour: start.get('hour') ?? 0,
      minute: start.get('minute') ?? 0,
      second: start.get('second') ?? 0,
    };
  return isCounted(text) ? { hour, minute, second } : { hour: 0, minute: 0, second: 0 };
};

/** "Next" weekday is the first one after today, "last" the one before, and alone the first from today on. */
const dayOf = (start: ParsedComponents, text: string, now: DateTime): DateTime => {
  const [year, month, day] = [start.get('year'), start.get('month'), start.get('day')];
  const weekday = start.get('weekday');
  if (!start.isCertain('weekday') || start.isCertain('day') || weekday === null)
    return DateTime.utc(year ?? now.year, month ?? now.month, day ?? now.day);
  const today = DateTime.utc(now.year, now.month, now.day);
  const ahead = ((weekday || 7) - today.weekday + 7) % 7;
  if (/\b(last|past)\b/i.test(text)) return today.plus({ days: ahead - 7 });
  return today.plus({ days: /\bnext\b/i.test(text) ? ahead || 7 : ahead });
};

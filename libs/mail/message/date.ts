const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');
const ZONES: Readonly<Record<string, number>> = {
  ut: 0,
  utc: 0,
  gmt: 0,
  z: 0,
  edt: -4,
  est: -5,
  cdt: -5,
  cst: -6,
  mdt: -6,
  mst: -7,
  pdt: -7,
  pst: -8,
  cet: 1,
  cest: 2,
  jst: 9,
};

const DATE =
  /(\d{1,2})[\s-]+([a-z]{3})[a-z]*[\s-]+(\d{2,4})[\s,]+(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?\s*([+-]\d{3,4}|[a-z]{1,5})?/i;

/** A date of a header (RFC 5322 3.3, obsolete forms too) as ISO 8601 in UTC; null for what is none. */
export const parseDate = (value: string): string | null => {
  const match = DATE.exec(value.slice(0, 200).replace(/\([^()]*\)/g, ' '));
  if (!match) return null;
  const [, day, name, year, hour, minute, second, zone] = match;
  const month = MONTHS.indexOf(name!.toLowerCase());
  if (month < 0) return null;
  const time = Date.UTC(
    fullYear(year!),
    month,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second ?? 0),
  );
  const date = new Date(time - offsetMinutes(zone ?? 'z') * 60_000);
  return Number.isNaN(date.getTime()) || date.getUTCFullYear() > 9999 ? null : date.toISOString();
};

const fullYear = (text: string): number => {
  const year = Number(text);
  if (text.length === 2) return year < 50 ? 2000 + year : 1900 + year;
  return text.length === 3 ? 1900 + year : year;
};

const offsetMinutes = (zone: string): number => {
  if (!/^[+-]/.test(zone)) return (ZONES[zone.toLowerCase()] ?? 0) * 60;
  const digits = zone.slice(1).padStart(4, '0');
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2));
  return zone.startsWith('-') ? -minutes : minutes;
};

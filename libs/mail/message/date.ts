/** English first; then what some mailers write in their own language, where it names one month only. */
const MONTHS: Readonly<Record<string, number>> = {
  ...monthsOf('jan feb mar apr may jun jul aug sep oct nov dec'),
  ...monthsOf('ene fév mär avr mai giu lug aoû set okt - dez'),
  ...monthsOf('gen fev mrz abr mag - - ago - out - dic'),
  ...monthsOf('- - maa - mei - - - - ott - déc'),
};

function monthsOf(names: string): Record<string, number> {
  return Object.fromEntries(names.split(' ').map((name, month) => [name, month]));
}

/** Hours from UTC. What is not here counts as UTC, as RFC 5322 4.3 asks for. */
const ZONES: Readonly<Record<string, number>> = {
  edt: -4,
  est: -5,
  cdt: -5,
  cst: -6,
  mdt: -6,
  mst: -7,
  pdt: -7,
  pst: -8,
  akdt: -8,
  akst: -9,
  hst: -10,
  wet: 0,
  west: 1,
  bst: 1,
  cet: 1,
  met: 1,
  cest: 2,
  mest: 2,
  eet: 2,
  eest: 3,
  msk: 3,
  hkt: 8,
  sgt: 8,
  kst: 9,
  jst: 9,
  aest: 10,
  aedt: 11,
  nzst: 12,
  nzdt: 13,
};

/** Three letters tell which; no month has more than twenty others. */
const MONTH = /(?<month>[a-zà-ÿ]{3})[a-zà-ÿ]{0,20}/.source;
const [DAY, YEAR] = [/(?<day>\d{1,2})/.source, /(?<year>\d{4})/.source];
const TIME =
  /(?<hour>\d{1,2}) ?[:.] ?(?<minute>\d{1,2})(?: ?[:.] ?(?<second>\d{1,2})(?:[.,]\d+)?)?(?: ?(?<half>[ap])\.?m\b\.?)?/
    .source;
const ZONE = /(?: ?"?(?:utc?|gmt)?(?<zone>[+-]\d{1,2}:?\d{0,2}|[a-z]{1,5})\b)?/.source;

/** RFC 5322 and what came before it, ISO 8601, and the forms of asctime and of American mailers. */
const FORMS = [
  `${DAY}[ .-]+${MONTH}[ .-]+(?<year>\\d{2,4})[ ,]+${TIME}${ZONE}`,
  `${YEAR}-(?<month>\\d{2})-(?<day>\\d{2})[t ]${TIME}${ZONE}`,
  `${MONTH} ${DAY} ${TIME}(?: (?<zone>[a-z]{1,5}))? ${YEAR}`,
  `${MONTH} ${DAY}, ${YEAR},? (?:at )?${TIME}${ZONE}`,
].map((form) => new RegExp(form));

/** A date of a header (RFC 5322 3.3, obsolete and common other forms too) as ISO 8601 in UTC; null for what is none. */
export const parseDate = (value: string): string | null => {
  const text = withoutComments(value.slice(0, 200)).replace(/\s+/g, ' ').toLowerCase();
  for (const form of FORMS) {
    const told = form.exec(text)?.groups;
    const date = told ? dateOf(told) : null;
    if (date !== null) return date;
  }
  return null;
};

/** The innermost first; they may stand in each other. */
const withoutComments = (text: string): string => {
  if (!text.includes('(')) return text;
  const less = text.replace(/\([^()]*\)/g, ' ');
  return less === text ? text : withoutComments(less);
};

const dateOf = (told: Readonly<Record<string, string | undefined>>): string | null => {
  const [month, day] = [MONTHS[told['month']!] ?? Number(told['month']) - 1, Number(told['day'])];
  const hour = hourOf(Number(told['hour']), told['half']);
  const [minute, second] = [Number(told['minute']), Number(told['second'] ?? 0)];
  // A day may end at 24:00, and with a leap second.
  const isDate = month >= 0 && month < 12 && day > 0 && day <= 31;
  if (!isDate || hour > 24 || minute > 59 || second > 60) return null;
  const time = Date.UTC(fullYear(told['year']!), month, day, hour, minute, second);
  const date = new Date(time - offsetMinutes(told['zone'] ?? 'z') * 60_000);
  return Number.isNaN(date.getTime()) || date.getUTCFullYear() > 9999 ? null : date.toISOString();
};

const hourOf = (hour: number, half: string | undefined): number =>
  half === undefined || hour > 12 ? hour : (hour % 12) + (half === 'p' ? 12 : 0);

const fullYear = (text: string): number => {
  const year = Number(text);
  if (text.length === 2) return year < 50 ? 2000 + year : 1900 + year;
  return text.length === 3 ? 1900 + year : year;
};

/** `+0200`, `+02:00`, `+200`, `+2` or a name. */
const offsetMinutes = (zone: string): number => {
  const [, sign, hours, minutes] = /^([+-])(\d{1,2}?):?(\d{2})?$/.exec(zone) ?? [];
  if (sign === undefined) return (ZONES[zone] ?? 0) * 60;
  return Number(`${sign}1`) * (Number(hours) * 60 + Number(minutes ?? 0));
};

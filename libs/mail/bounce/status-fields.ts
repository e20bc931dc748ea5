import { unfold } from '../message/header.js';

/** Fields of one recipient, or of the report as a whole; names in lower case. */
export type FieldGroup = ReadonlyMap<string, string>;

export type StatusFields = Readonly<{ report: FieldGroup; recipients: readonly FieldGroup[] }>;

const MOST_RECIPIENTS = 1_000;
const LONGEST_VALUE = 10_000;
const FIELD = /^([A-Za-z][A-Za-z0-9-]*)[ \t]*:(.*)$/;
const WHOLE_REPORT = /^(reporting-mta|original-envelope-id|arrival-date|received-from-mta|dsn-gateway)$/;

/**
 * Reads the groups of a delivery status (RFC 3464 2): what it says of the report, then one group a recipient.
 * Lenient: a second Final-Recipient begins a new group though no empty line came, and an empty line ends none that
 * did not say yet what became of a recipient.
 */
export const readStatusFields = (text: string): StatusFields => {
  const report = new Map<string, string>();
  const recipients: Map<string, string>[] = [];
  let open = new Map<string, string>();
  let last: string | null = null;
  const close = () => {
    if (isRecipient(open) && recipients.length < MOST_RECIPIENTS) recipients.push(open);
    open = new Map();
  };
  /** What goes on over several lines is put together once it ends. */
  let folded: string[] = [];
  const unfoldLast = () => {
    if (folded.length === 0 || last === null) return;
    const into = WHOLE_REPORT.test(last) ? report : open;
    into.set(last, unfold([into.get(last) ?? '', ...folded].join(' ')).slice(0, LONGEST_VALUE));
    folded = [];
  };
  let parted = false;
  for (const line of text.split('\n')) {
    if (line.trim() === '') {
      unfoldLast();
      last = null;
      parted = true;
      if (isRecipient(open)) close();
      continue;
    }
    if (/^[ \t]/.test(line) && last !== null) {
      folded.push(line.trimEnd());
      continue;
    }
    const [, written, value] = FIELD.exec(line) ?? [];
    if (written === undefined) continue;
    unfoldLast();
    const name = written.toLowerCase();
    if (WHOLE_REPORT.test(name)) {
      if (!report.has(name)) report.set(name, value!.trim());
    } else {
      const isNext = name === 'final-recipient' ? open.has(name) : parted && RECIPIENT.test(name);
      if (isNext) close();
      parted = false;
      if (!open.has(name)) open.set(name, value!.trim());
    }
    last = name;
  }
  unfoldLast();
  close();
  return { report, recipients };
};

const RECIPIENT = /^(original|final|x-actual)-recipient$/;

const isRecipient = (group: FieldGroup) =>
  [...group.keys()].some((name) => RECIPIENT.test(name)) &&
  (group.has('action') || group.has('status') || group.has('diagnostic-code'));

/** The value behind `type;`, where there is a type. */
export const typedValue = (value: string): string => value.replace(/^\s*[A-Za-z][\w.-]*\s*;\s*/, '').trim();

/**
 * The address of a recipient field: `rfc822; <a@b>`; null for what is none, such as an X.400 name. What `utf-8` writes
 * as `\x{F6}` is the character of that number (RFC 6533 3).
 */
export const addressIn = (value: string): string | null => {
  const isUnicode = /^\s*utf-8\s*;/i.test(value);
  const plain = isUnicode
    ? typedValue(value).replace(/\\x\{([0-9A-Fa-f]{2,6})\}/g, character)
    : typedValue(value);
  const found = /(?<![^\s<>;,"():])[^\s<>;,"():]+@[^\s<>;,"()]+/.exec(plain)?.[0];
  return found ? found.replace(/(?<![.:])[.:]+$/, '') : null;
};

/** What is none stays as it is written; a control or a surrogate is none. */
const character = (written: string, digits: string): string => {
  const point = Number.parseInt(digits, 16);
  const isNone = point < 0x20 || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff);
  return isNone ? written : String.fromCodePoint(point);
};

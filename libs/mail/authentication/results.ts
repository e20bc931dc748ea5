/** The result of one method and what it went by, in the property types of RFC 8601 section 2.3. */
export type Status = Readonly<{
  result: string;
  smtp?: Properties | undefined;
  header?: Properties | undefined;
  policy?: Properties | undefined;
}>;
/** Of values that whoever sent the message chose. */
type Properties = object;

const TYPES = ['smtp', 'header', 'policy'] as const;
const PLAIN = /^[A-Za-z0-9!#$%&'*+./?^_`{|}~@-]+$/;
const UNWANTED = /[\x00-\x1f\x7f]/g;
const LONGEST = 320;

/** One `resinfo` (RFC 8601 section 2.2): what is no plain word is quoted, so that nothing can break out of it. */
export const resultOf = (method: string, status: Status): string => {
  let text = `${method}=${status.result}`;
  for (const type of TYPES)
    for (const [name, value] of Object.entries(status[type] ?? {}))
      if (typeof value === 'string' && value !== '') text += ` ${type}.${name}=${quoted(value)}`;
  return text;
};

const quoted = (value: string): string => {
  if (value.length <= LONGEST && PLAIN.test(value)) return value;
  const clean = value.replace(UNWANTED, '').slice(0, LONGEST);
  return PLAIN.test(clean) ? clean : `"${clean.replace(/["\\]/g, '\\$&')}"`;
};

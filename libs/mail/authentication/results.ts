/** The result of one method and what it went by, in the property types of RFC 8601 section 2.3. */
export type Status = Readonly<{
  result: string;
  smtp?: Properties | undefined;
  header?: Properties | undefined;
  policy?: Properties | undefined;
}>;
/** Of values that whoever sent the message chose. */
type Properties = object;

const PLAIN = /^[A-Za-z0-9!#$%&'*+./?^_`{|}~@-]+$/;
const UNWANTED = /[\x00-\x1f\x7f]/g;
const LONGEST = 320;

/** One `resinfo` (RFC 8601 section 2.2): what is no plain word is quoted, so that nothing can break out of it. */
export const resultOf = (method: string, status: Status): string => {
  const properties = (['smtp', 'header', 'policy'] as const).flatMap((type) =>
    Object.entries(status[type] ?? {})
      .filter(([, value]) => typeof value === 'string' && value !== '')
      .map(([name, value]) => `${type}.${name}=${quoted(String(value))}`),
  );
  return [`${method}=${status.result}`, ...properties].join(' ');
};

const quoted = (value: string): string => {
  const clean = value.replace(UNWANTED, '').slice(0, LONGEST);
  return PLAIN.test(clean) ? clean : `"${clean.replace(/["\\]/g, '\\$&')}"`;
};

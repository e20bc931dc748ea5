/** The little of ASN.1 DER (X.690) that a certificate takes. */
const element = (tag: number, ...content: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag]), lengthOf(body.length), body]);
};

const lengthOf = (length: number): Buffer => {
  if (length < 0x80) return Buffer.from([length]);
  const bytes = unsigned(length);
  return Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes]);
};

const unsigned = (value: number): Buffer => {
  const hex = value.toString(16);
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
};

export const sequence = (...items: readonly Uint8Array[]) => element(0x30, ...items);
export const set = (...items: readonly Uint8Array[]) => element(0x31, ...items);
export const octets = (content: Uint8Array) => element(0x04, content);
export const bits = (content: Uint8Array) => element(0x03, Buffer.from([0]), content);
export const utf8 = (text: string) => element(0x0c, Buffer.from(text));
export const yes = element(0x01, Buffer.from([0xff]));
export const context = (number: number, ...content: readonly Uint8Array[]) =>
  element(0xa0 | number, ...content);
/** An implicitly tagged IA5String, such as a DNS name. */
export const ia5 = (number: number, text: string) => element(0x80 | number, Buffer.from(text, 'latin1'));

/** Of a positive number's bytes. */
export const integer = (bytes: Uint8Array) =>
  element(0x02, (bytes[0] ?? 0) & 0x80 ? Buffer.from([0]) : Buffer.alloc(0), bytes);

/** GeneralizedTime; `at`: ISO 8601, UTC. */
export const time = (at: string) => element(0x18, Buffer.from(`${at.slice(0, 19).replace(/[-T:]/g, '')}Z`));

export const oid = (dotted: string): Buffer => {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return element(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
};

const base128 = (value: number): number[] => {
  const digits = [value & 0x7f];
  for (let left = value >> 7; left > 0; left >>= 7) digits.unshift(0x80 | (left & 0x7f));
  return digits;
};

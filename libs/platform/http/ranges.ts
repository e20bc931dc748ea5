import { DomainError } from '#kernel/errors';
import type { Part } from '#platform/vault/blobs';

const BYTES = /^bytes=\s*(\d{0,15})-(\d{0,15})\s*$/i;

/**
 * What a `Range` asks of `size` bytes (RFC 9110 section 14.1.2); null is all of it: several ranges, other units and
 * what cannot be read are ignored. Throws `range-not-satisfiable`.
 */
export const partOf = (range: string, size: number): Part | null => {
  const [, first = '', last = ''] = BYTES.exec(range) ?? [];
  if (size === 0 || (first === '' && last === '')) return null;
  if (first !== '' && last !== '' && Number(last) < Number(first)) return null;
  const from = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  if (from >= size) throw new RangeNotSatisfiable(size);
  return { from, to: first === '' || last === '' ? size : Math.min(size, Number(last) + 1) };
};

/** Carries its header to the filter. */
class RangeNotSatisfiable extends DomainError {
  readonly headers: Readonly<Record<string, string>>;

  constructor(size: number) {
    super('range-not-satisfiable', 'out-of-range', `It has ${size} bytes`);
    this.headers = { 'content-range': `bytes */${size}` };
  }
}

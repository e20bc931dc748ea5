import { isIPv6 } from 'node:net';
import { DnsError, type DnsRecords } from './dns.js';

/** A question as it stands in a packet, so that an answer can be compared with it byte for byte. */
export type Question = Readonly<{ name: string; type: keyof DnsRecords }>;

/** `name`: lower case, without a final dot. */
export type WireRecord = {
  readonly [Type in keyof DnsRecords]: Readonly<{
    name: string;
    type: Type;
    ttl: number;
    data: DnsRecords[Type];
  }>;
}[keyof DnsRecords];

/** `negativeTtl`: how long a "no" holds (RFC 2308 section 5); null where the server does not say. */
export type Response = Readonly<{
  rcode: number;
  truncated: boolean;
  authenticated: boolean;
  records: readonly WireRecord[];
  negativeTtl: number | null;
}>;

const TYPES: Readonly<Record<keyof DnsRecords, number>> = {
  A: 1,
  CNAME: 5,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  TLSA: 52,
};
const TYPE_NAMES = new Map(Object.entries(TYPES).map(([name, code]) => [code, name as keyof DnsRecords]));
const SOA = 6;
const IN = 1;
const HEADER_BYTES = 12;

/** More records than any honest answer holds: what follows is not read. */
const RECORDS = 256;
const AUTHORITIES = 32;
/** A name of 255 bytes has 127 labels at most, so an honest one needs no more pointers. */
const POINTERS = 127;

/** RFC 6891: answers up to 1,232 bytes by UDP, and DO, so that a validating resolver says whether it did. */
const OPT = Buffer.from([0, 0, 41, 0x04, 0xd0, 0, 0, 0x80, 0, 0, 0]);
const RECURSION_DESIRED_AND_AD = 0x0120;

/** Whether a name can be written in a packet at all; where not, nothing can be there. */
export const isWritable = (name: string): boolean =>
  Buffer.byteLength(name) <= 253 &&
  name.split('.').every((label) => label.length > 0 && Buffer.byteLength(label) <= 63);

/** RFC 1035 section 4.1. */
export const encodeQuery = (id: number, { name, type }: Question): Buffer => {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(RECURSION_DESIRED_AND_AD, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(1, 10);
  const labels = name
    .split('.')
    .flatMap((label) => [Buffer.from([Buffer.byteLength(label)]), Buffer.from(label)]);
  return Buffer.concat([header, ...labels, Buffer.from([0, 0, TYPES[type], 0, IN]), OPT]);
};

/** Null for a packet that is no answer to the query, whoever sent it; throws `MALFORMED` for one that cannot be read. */
export const decodeResponse = (packet: Buffer, query: Buffer, question: Question): Response | null => {
  const asked = lower(query.subarray(HEADER_BYTES, query.length - OPT.length));
  const isAnswer =
    packet.length >= HEADER_BYTES &&
    packet.readUInt16BE(0) === query.readUInt16BE(0) &&
    (packet.readUInt16BE(2) & 0x8000) !== 0 &&
    packet.readUInt16BE(4) === 1 &&
    lower(packet.subarray(HEADER_BYTES, HEADER_BYTES + asked.length)) === asked;
  if (!isAnswer) return null;
  try {
    return read(packet, HEADER_BYTES + asked.length);
  } catch {
    throw new DnsError('MALFORMED', `${question.type} ${question.name}`);
  }
};

const read = (packet: Buffer, start: number): Response => {
  const flags = packet.readUInt16BE(2);
  const truncated = (flags & 0x0200) !== 0;
  const response = { rcode: flags & 0x000f, truncated, authenticated: (flags & 0x0020) !== 0 };
  if (truncated) return { ...response, records: [], negativeTtl: null };
  const cursor = new Cursor(packet, start);
  const count = packet.readUInt16BE(6);
  const records: WireRecord[] = [];
  for (let index = 0; index < Math.min(count, RECORDS); index += 1) {
    const record = readRecord(cursor);
    if (record) records.push(record);
  }
  const negativeTtl = count <= RECORDS ? readSoa(cursor, packet.readUInt16BE(8)) : null;
  return { ...response, records, negativeTtl };
};

/** Null for a record of another kind. */
const readRecord = (cursor: Cursor): WireRecord | null => {
  const { name, type, ttl, end } = readHead(cursor);
  const known = TYPE_NAMES.get(type);
  const record = known && ({ name, type: known, ttl, data: READ[known](cursor, end) } as WireRecord);
  if (cursor.at > end) throw new RangeError('A record longer than it says');
  cursor.at = end;
  return record ?? null;
};

const readSoa = (cursor: Cursor, authorities: number): number | null => {
  for (let index = 0; index < Math.min(authorities, AUTHORITIES); index += 1) {
    const { type, ttl, end } = readHead(cursor);
    if (type === SOA) return Math.min(ttl, cursor.packet.readUInt32BE(end - 4));
    cursor.at = end;
  }
  return null;
};

/** A class other than IN is a type that nobody asked for. */
const readHead = (cursor: Cursor) => {
  const name = cursor.name();
  const [type, group] = [cursor.u16(), cursor.u16()];
  const ttl = cursor.u32();
  const end = cursor.u16() + cursor.at;
  if (end > cursor.packet.length) throw new RangeError('A record past the end');
  // RFC 2181 section 8: with its first bit set it is zero.
  return { name, type: group === IN ? type : 0, ttl: ttl > 0x7fffffff ? 0 : ttl, end };
};

const READ: { readonly [Type in keyof DnsRecords]: (cursor: Cursor, end: number) => DnsRecords[Type] } = {
  A: (cursor) => [...cursor.bytes(4)].join('.'),
  AAAA: (cursor) => ipv6(cursor.bytes(16)),
  MX: (cursor) => ({ priority: cursor.u16(), exchange: cursor.name() }),
  TXT: (cursor, end) => {
    const strings: Buffer[] = [];
    while (cursor.at < end) strings.push(cursor.bytes(cursor.u8()));
    return Buffer.concat(strings).toString('utf8');
  },
  CNAME: (cursor) => cursor.name(),
  PTR: (cursor) => cursor.name(),
  TLSA: (cursor, end) => ({
    usage: cursor.u8(),
    selector: cursor.u8(),
    matchingType: cursor.u8(),
    certificate: Buffer.from(cursor.bytes(end - cursor.at)),
  }),
};

/** Reads on and on, and throws at the end of the packet. */
class Cursor {
  constructor(
    readonly packet: Buffer,
    public at: number,
  ) {}

  u8(): number {
    return this.packet.readUInt8(this.advance(1));
  }

  u16(): number {
    return this.packet.readUInt16BE(this.advance(2));
  }

  u32(): number {
    return this.packet.readUInt32BE(this.advance(4));
  }

  bytes(length: number): Buffer {
    const from = this.advance(length);
    if (length < 0 || this.at > this.packet.length) throw new RangeError('Bytes past the end');
    return this.packet.subarray(from, this.at);
  }

  /** RFC 1035 section 4.1.4, its pointers followed backwards only and so often at most. */
  name(): string {
    const labels: string[] = [];
    let [at, length, pointers] = [this.at, 0, 0];
    for (;;) {
      const head = this.packet.readUInt8(at);
      if (head >= 0xc0) {
        const target = this.packet.readUInt16BE(at) & 0x3fff;
        if (target >= at || (pointers += 1) > POINTERS) throw new RangeError('A pointer that leads nowhere');
        if (pointers === 1) this.at = at + 2;
        at = target;
        continue;
      }
      if (head > 63 || (length += head + 1) > 255) throw new RangeError('A label too long');
      const label = this.packet.toString('latin1', at + 1, at + 1 + head);
      if (label.length < head) throw new RangeError('A name past the end');
      at += head + 1;
      if (head === 0) break;
      labels.push(label.toLowerCase().replace(/[.\\]/g, '\\$&'));
    }
    if (pointers === 0) this.at = at;
    return labels.join('.');
  }

  private advance(bytes: number): number {
    const from = this.at;
    this.at += bytes;
    return from;
  }
}

const ipv6 = (bytes: Buffer): string => {
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16));
  return compressed(groups.join(':'));
};

/** RFC 5952: the longest run of zero groups is left out. */
const compressed = (address: string): string => {
  const [run] = (address.match(/\b0(?::0)+\b/g) ?? []).sort((a, b) => b.length - a.length);
  const short = run ? address.replace(new RegExp(`(^|:)${run}(:|$)`), '::') : address;
  return isIPv6(short) ? short : address;
};

const lower = (bytes: Buffer): string => bytes.toString('latin1').toLowerCase();

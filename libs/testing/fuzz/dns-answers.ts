import fc from 'fast-check';
import { decodeResponse, encodeQuery } from '#platform/dns/wire';
import { damaged, holds, target } from './target.js';

const question = { name: 'mail.example', type: 'TXT' } as const;
const query = encodeQuery(7, question);

const uint16 = (value: number) => [value >> 8, value & 255];
const name = fc.oneof(
  fc
    .array(fc.stringMatching(/^[a-z]{1,63}$/), { maxLength: 4 })
    .map((labels) => [...labels.flatMap((label) => [label.length, ...Buffer.from(label)]), 0]),
  fc.nat(0x3fff).map((at) => uint16(0xc000 | at)),
);
const record = fc
  .tuple(
    name,
    fc.constantFrom(1, 5, 6, 12, 15, 16, 28, 52, 99),
    fc.nat(0xffff),
    fc.uint8Array({ maxLength: 80 }),
    fc.boolean(),
  )
  .map(([owner, type, ttl, data, honest]) => [
    ...[...owner, ...uint16(type), ...uint16(1), 0, 0, ...uint16(ttl)],
    ...[...uint16(honest ? data.length : ttl), ...data],
  ]);
const answer = fc
  .tuple(fc.nat(0xffff), fc.nat(0xffff), fc.array(record, { maxLength: 6 }))
  .map(([flags, count, records]) =>
    Buffer.from([
      ...[
        0,
        7,
        ...uint16(flags | 0x8000),
        0,
        1,
        ...uint16(count % 3 === 0 ? count : records.length),
        0,
        0,
        0,
        0,
      ],
      ...query.subarray(12, query.length - 11),
      ...records.flat(),
    ]),
  );

export const dnsAnswers = target('dns', damaged(answer), (packet) => {
  try {
    for (const { name: owner } of decodeResponse(packet, query, question)?.records ?? [])
      holds(owner.length <= 1_020, 'a name is bounded');
  } catch (error) {
    holds((error as { code?: string }).code === 'MALFORMED', 'what cannot be read is said to be malformed');
  }
});

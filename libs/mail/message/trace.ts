import { danglingEnd, forgedResults } from './forged-results.js';
import { MESSAGE_LIMITS } from './limits.js';

/**
 * How a message came. `mailFrom`: empty for the null sender. `protocol`, `remoteIp`, `helo`: null for mail that
 * never left the system. `results`: of the checks, without the authserv-id. `receivedAt`: ISO 8601, UTC.
 */
export type Trace = Readonly<{
  hostname: string;
  messageId: string;
  mailFrom: string;
  recipient: string;
  remoteIp: string | null;
  helo: string | null;
  protocol: string | null;
  receivedAt: string;
  results: string | null;
}>;

/** Return-Path and Received (RFC 5321 section 4.4) and Authentication-Results (RFC 8601). */
export const traceHeader = (trace: Trace): string => {
  const { hostname, messageId, mailFrom, recipient, protocol, receivedAt, results } = trace;
  const date = new Date(receivedAt).toUTCString().replace('GMT', '+0000');
  const by = [`by ${hostname}`, ...(protocol ? [`with ${protocol}`] : []), `id ${messageId}`];
  return [
    `Return-Path: <${mailFrom}>`,
    `Received: ${[...fromClause(trace), by.join(' ')].join('\r\n\t')}\r\n\tfor <${recipient}>; ${date}`,
    ...(results ? [`Authentication-Results: ${hostname};\r\n\t${results}`] : []),
    '',
  ].join('\r\n');
};

/**
 * A message as it is served and forwarded: our trace on top, and gone what claims to be a result of ours (RFC 8601
 * section 5), or would go on from the last field of the trace. Of a header past the limits only what is within is
 * searched.
 */
export async function* withTrace(
  content: AsyncIterable<Uint8Array>,
  trace: Trace,
): AsyncGenerator<Uint8Array, void> {
  yield Buffer.from(traceHeader(trace), 'utf8');
  const held: Uint8Array[] = [];
  let size = 0;
  let passing = false;
  for await (const chunk of content) {
    if (passing) {
      yield chunk;
      continue;
    }
    held.push(chunk);
    size += chunk.length;
    if (size <= MESSAGE_LIMITS.headerBytes) continue;
    passing = true;
    yield* withoutForged(Buffer.concat(held), trace.hostname);
  }
  if (!passing) yield* withoutForged(Buffer.concat(held), trace.hostname);
}

function* withoutForged(bytes: Buffer, authservId: string): Generator<Uint8Array, void> {
  let from = danglingEnd(bytes);
  for (const { start, end } of forgedResults(bytes, authservId)) {
    yield bytes.subarray(from, Math.max(from, start));
    from = Math.max(from, end);
  }
  yield bytes.subarray(from);
}

const NAME = /^[A-Za-z0-9._:[\]-]+$/;

/** A name that would not stand there as a plain word is left out: it proves nothing anyway. */
const fromClause = ({ remoteIp, helo }: Trace): string[] => {
  if (!remoteIp) return [];
  const literal = remoteIp.includes(':') ? `[IPv6:${remoteIp}]` : `[${remoteIp}]`;
  return [`from ${helo && NAME.test(helo) ? helo : 'unknown'} (${literal})`];
};

import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { createParamDecorator, SetMetadata, type ExecutionContext } from '@nestjs/common';
import { DomainError } from '#kernel/errors';
import type { HttpRequest } from './request-context.js';

export const JSON_BYTES = 5 * 1024 * 1024;
const JSON_LEVELS = 64;

const RAW = 'gent:raw-body';

/** The route takes bytes of any type, this many at most; its handler gets them by `@BodyStream()`. */
export const TakesBytes = (limit: number) => SetMetadata(RAW, limit);

export const byteLimitOf = (handler: Function): number | undefined =>
  Reflect.getMetadata(RAW, handler) as number | undefined;

/** The body as it comes in; fails with `body-too-large` past the limit of the route. */
export const BodyStream = createParamDecorator(
  (_: unknown, execution: ExecutionContext): Readable =>
    execution.switchToHttp().getRequest<HttpRequest>().body as Readable,
);

const tooLarge = (limit: number) =>
  new DomainError('body-too-large', 'too-large', `A body of this route has ${limit} bytes at most`);
const malformed = (message: string) => new DomainError('malformed-json', 'invalid', message);
const notValid = (message: string) => new DomainError('validation-failed', 'invalid', message);

/**
 * The body is read after the caller is known to be allowed: what nobody may send is not even parsed.
 * Sets `request.body` (an object, a stream, or undefined for none) and `request.bodyDigest`.
 */
export const readBody = async (request: HttpRequest, byteLimit: number | undefined): Promise<void> => {
  const incoming = request.body as IncomingMessage | undefined;
  if (!incoming) return;
  const announced = Number(request.headers['content-length'] ?? 0);
  const limit = byteLimit ?? JSON_BYTES;
  if (announced > limit) throw tooLarge(limit);
  if (byteLimit !== undefined) return stream(request, incoming, byteLimit);
  const bytes = await all(incoming, limit);
  request.bodyDigest = async () => createHash('sha256').update(bytes).digest('base64url');
  request.body = undefined;
  if (bytes.length === 0) return;
  if (!/^application\/json\s*(;|$)/i.test(String(request.headers['content-type'] ?? '')))
    throw new DomainError('unsupported-media-type', 'unsupported', 'Send "Content-Type: application/json"');
  request.body = parsed(bytes);
};

/** The connection outlives a body that is not read to its end: the answer has to go out on it. */
const chunksOf = (incoming: IncomingMessage): AsyncIterable<Buffer> =>
  incoming.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;

/** Not at once: until the iterator has let go of it, it would stay paused. */
const discardRest = (incoming: IncomingMessage) => void setImmediate(() => incoming.resume());

const all = (incoming: IncomingMessage, limit: number): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const cutOff = () => {
      if (!incoming.readableEnded) reject(new Error('The body was not sent to its end'));
    };
    if (incoming.destroyed) return cutOff();
    const chunks: Buffer[] = [];
    let size = 0;
    incoming.on('data', (chunk: Buffer) => {
      size += chunk.length;
      // The connection outlives it: the rest is read, and forgotten.
      if (size > limit) return reject(tooLarge(limit));
      chunks.push(chunk);
    });
    incoming.on('end', () =>
      resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, size)),
    );
    incoming.on('error', reject);
    incoming.on('close', cutOff);
  });

const stream = (request: HttpRequest, incoming: IncomingMessage, limit: number) => {
  const digest = Promise.withResolvers<string>();
  digest.promise.catch(() => undefined);
  const counted = async function* () {
    const hash = createHash('sha256');
    let size = 0;
    try {
      for await (const chunk of chunksOf(incoming)) {
        size += chunk.length;
        if (size > limit) throw tooLarge(limit);
        hash.update(chunk);
        yield chunk;
      }
      digest.resolve(hash.digest('base64url'));
    } finally {
      digest.reject(new Error('The body was not read to its end'));
      discardRest(incoming);
    }
  };
  request.body = Readable.from(counted(), { objectMode: false });
  request.bodyDigest = () => digest.promise;
};

const utf8 = new TextDecoder('utf-8', { fatal: true });

const parsed = (bytes: Buffer): object => {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw malformed('The body is not UTF-8');
  }
  if (isDeeperThan(JSON_LEVELS, text)) throw notValid(`A body has ${JSON_LEVELS} levels at most`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw malformed('The body is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw notValid('The body must be a JSON object');
  return value;
};

/** Before parsing, in one pass: brackets outside strings. Where there are few of them at all, that is looked at first. */
const isDeeperThan = (levels: number, text: string): boolean => {
  if (count(text, '{', levels) + count(text, '[', levels) <= levels) return false;
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (quoted) {
      if (char === 0x5c) at += 1;
      else if (char === 0x22) quoted = false;
    } else if (char === 0x22) quoted = true;
    else if (char === 0x7b || char === 0x5b) {
      depth += 1;
      if (depth > levels) return true;
    } else if (char === 0x7d || char === 0x5d) depth -= 1;
  }
  return false;
};

/** How often it is there, as far as that is more than enough. */
const count = (text: string, character: string, enough: number): number => {
  let found = 0;
  for (let at = text.indexOf(character); at >= 0 && found <= enough; at = text.indexOf(character, at + 1))
    found += 1;
  return found;
};

import { createHash, randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { Injectable, type ExecutionContext } from '@nestjs/common';
import { conflict, invalid, isFinal } from '#kernel/errors';
import { Clock } from '#platform/clock/clock';
import { later } from '#platform/time/later';
import { settlesWithin } from '#platform/time/settles-within';
import { jsonBytes, readJson, Records } from '#platform/vault/records';
import { problemBody, statusOf } from './problem.js';
import type { HttpReply, HttpRequest } from './request-context.js';

const KEPT_MS = 24 * 3_600_000;
const PATIENCE_MS = 30_000;
export const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;
const KEPT_HEADERS = ['etag', 'location', 'link', 'gent-consistency'];

type Answer = Readonly<{ status: number; headers: Readonly<Record<string, string>>; body: string | null }>;

/** `digest`: of the request; of one that streams, known once it is read. The seed is durable before anything is done. */
type Attempt = Readonly<{
  digest: string | null;
  seed: Readonly<{ cause: string; at: string }>;
  answer?: Answer;
}>;

/**
 * `Idempotency-Key`: the first answer again for the same POST by the same caller, for a day. An attempt that was cut
 * off is made again with the ids of the first, so that what it did already is found and not done twice.
 */
@Injectable()
export class Idempotency {
  private readonly underWay = new Map<string, Promise<void>>();

  constructor(
    private readonly records: Records,
    private readonly clock: Clock,
  ) {}

  async once(execution: ExecutionContext, work: () => Promise<unknown>): Promise<unknown> {
    const http = execution.switchToHttp();
    const [request, reply] = [http.getRequest<HttpRequest>(), http.getResponse<HttpReply>()];
    const key = request.headers['idempotency-key'];
    if (request.method !== 'POST' || key === undefined) return work();
    if (typeof key !== 'string' || !IDEMPOTENCY_KEY.test(key))
      throw invalid('Idempotency-Key', 'format', 'It has 1 to 255 visible ASCII characters');
    const name = nameOf(request, key);
    const release = await this.turn(name);
    try {
      const attempt = await this.begin(name, request);
      if (attempt.answer) return this.replay(attempt.answer, reply);
      request.seed = attempt.seed;
      return await this.complete(name, attempt, request, reply, work);
    } finally {
      release();
    }
  }

  /** One at a time: whoever comes while another is under way waits for what it answers. */
  private async turn(name: string): Promise<() => void> {
    const deadline = Date.now() + PATIENCE_MS;
    for (let other = this.underWay.get(name); other; other = this.underWay.get(name)) {
      const isDone = await settlesWithin(deadline - Date.now(), other);
      if (!isDone)
        throw conflict('idempotency-key-in-progress', 'The first call with this key is still running');
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.underWay.set(name, promise);
    return () => {
      this.underWay.delete(name);
      resolve();
    };
  }

  private async begin(name: string, request: HttpRequest): Promise<Attempt> {
    const streams = isStream(request.body);
    const digest = streams ? null : await digestOf(request);
    const seed = { cause: randomUUID(), at: this.clock.now() };
    const fresh: Attempt = { digest, seed };
    const options = { expected: 'absent', expiresAt: later(seed.at, KEPT_MS) } as const;
    while (!(await this.records.put(name, jsonBytes(fresh), options))) {
      const found = await readJson<Attempt>(this.records, name);
      if (!found) continue;
      if (found.digest !== null && found.digest !== (digest ?? (found.answer && (await digestOf(request)))))
        throw conflict('idempotency-key-reused', 'This key was used for another request');
      return found;
    }
    return fresh;
  }

  private async complete(
    name: string,
    { seed }: Attempt,
    request: HttpRequest,
    reply: HttpReply,
    work: () => Promise<unknown>,
  ): Promise<unknown> {
    const keep = async (answer: Answer) => {
      const attempt: Attempt = { digest: await digestOf(request), seed, answer };
      await this.records.put(name, jsonBytes(attempt), { expiresAt: later(seed.at, KEPT_MS) });
    };
    try {
      const body = await work();
      const headers = Object.fromEntries(
        KEPT_HEADERS.flatMap((header) => {
          const value = reply.getHeader(header);
          return value === undefined ? [] : [[header, String(value)]];
        }),
      );
      await keep({
        status: reply.statusCode,
        headers,
        body: body === undefined ? null : JSON.stringify(body),
      });
      return body;
    } catch (error) {
      if (isFinal(error) && error.kind !== 'too-large') {
        const headers = { 'content-type': 'application/problem+json' };
        await keep({
          status: statusOf(error),
          headers,
          body: JSON.stringify(problemBody(error, request.id)),
        });
      }
      throw error;
    }
  }

  private replay({ status, headers, body }: Answer, reply: HttpReply): string | undefined {
    reply.code(status).header('idempotency-replayed', 'true');
    reply.header('content-type', 'application/json; charset=utf-8');
    for (const [name, value] of Object.entries(headers)) reply.header(name, value);
    return body ?? undefined;
  }
}

/** Whose key it is: the tenant's credential, or on a public route the client's address. Shows nothing of either. */
const nameOf = ({ caller, ip }: HttpRequest, key: string): string => {
  const owner = caller ? [caller.tenantId, caller.actor.id] : ['public', ip];
  return `idempotency/${createHash('sha256')
    .update(JSON.stringify([...owner, key]))
    .digest('base64url')}`;
};

/**
 * Of method, path with or without its last slash, query and body; a stream that nobody has read is read to its end
 * for it.
 */
const digestOf = async (request: HttpRequest): Promise<string> => {
  const { method, url, body, bodyDigest } = request;
  if (isStream(body) && !body.readableEnded && !body.destroyed) for await (const _ of body);
  const content = (await bodyDigest?.()) ?? '';
  return createHash('sha256')
    .update(JSON.stringify([method, url.replace(/\/?(?=\?|$)/, '/'), content]))
    .digest('base64url');
};

const isStream = (body: unknown): body is Readable =>
  typeof body === 'object' && body !== null && 'readableEnded' in body;

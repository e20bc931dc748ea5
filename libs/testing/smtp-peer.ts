import { createSecureContext } from 'node:tls';
import type { Envelope, MailHandler, Verdict } from '#platform/smtp/server/handler';
import { LIMITS, type Limits } from '#platform/smtp/server/limits';
import type { Address } from '#platform/smtp/server/path';
import { reply, type Reply } from '#platform/smtp/server/replies';
import { selfSigned } from '#platform/smtp/server/self-signed';
import { SmtpServer } from '#platform/smtp/server/server';
import { NOW } from './context.js';

/** Takes everything but what is for `nobody@…`, and keeps it. */
export class KeepingHandler implements MailHandler {
  readonly messages: { envelope: Envelope<unknown>; content: Buffer }[] = [];
  /** Not complete, and why. */
  readonly given: string[] = [];
  /** Holds each message back before it answers. */
  hold: Promise<void> = Promise.resolve();

  async sender(_: Envelope<unknown>): Promise<Reply | null> {
    return null;
  }

  async recipient(_: Envelope<unknown>, { local }: Address): Promise<Verdict<string>> {
    return local === 'nobody' ? { refuse: reply(550, '5.1.1', 'No such user') } : { accept: local };
  }

  async message(envelope: Envelope<unknown>, content: AsyncIterable<Buffer>): Promise<Reply> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of content) chunks.push(Buffer.from(chunk));
    } catch (error) {
      this.given.push((error as Error).message);
      throw error;
    }
    await this.hold;
    this.messages.push({ envelope, content: Buffer.concat(chunks) });
    return reply(250, '2.0.0', `Kept as ${this.messages.length}`);
  }
}

let pair: ReturnType<typeof selfSigned> | undefined;

/** The real server on a free port. */
export const startSmtp = async (
  handler: MailHandler = new KeepingHandler(),
  limits: Partial<Limits> = {},
) => {
  pair ??= selfSigned('mx.gent.test', NOW);
  const failures: unknown[] = [];
  const server = new SmtpServer(
    { host: '127.0.0.1', port: 0 },
    {
      hostname: 'mx.gent.test',
      limits: { ...LIMITS, ...limits },
      secureContext: createSecureContext(pair),
      handler,
      onFailure: (error) => failures.push(error),
    },
  );
  return { server, port: await server.listen(), failures };
};

import { afterEach } from '@jest/globals';
import type { Limits } from '#platform/smtp/server/limits';
import { SmtpClient } from './smtp-client.js';
import { KeepingHandler, startSmtp } from './smtp-peer.js';

/** For the specs of a file: answers what starts a server, with a client that was greeted; each ends with its spec. */
export const smtpServers = () => {
  let running: Awaited<ReturnType<typeof startSmtp>>[] = [];
  afterEach(async () => {
    await Promise.all(running.map(({ server }) => server.drain(AbortSignal.abort())));
    running = [];
  });

  return async (limits: Partial<Limits> = {}, handler = new KeepingHandler()) => {
    const started = await startSmtp(handler, limits);
    running.push(started);
    return { ...started, handler, client: await SmtpClient.ready(started.port) };
  };
};

export const ENVELOPE = ['MAIL FROM:<a@peer.test>', 'RCPT TO:<b@gent.test>'] as const;

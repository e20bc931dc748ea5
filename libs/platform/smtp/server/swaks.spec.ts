import { execFile, spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KeepingHandler, startSmtp } from '#testing/smtp-peer';

const isThere = spawnSync('swaks', ['--version']).status === 0;
if (!isThere) process.stderr.write('Skipped: swaks is not installed, so no outsider tries the SMTP server\n');

let [started, handler]: [Awaited<ReturnType<typeof startSmtp>>, KeepingHandler] = [] as never;
beforeAll(async () => {
  handler = new KeepingHandler();
  started = await startSmtp(handler);
});
afterAll(() => started.server.drain(AbortSignal.abort()));

const swaks = (...more: readonly string[]) => {
  const to = ['--server', '127.0.0.1', '--port', String(started.port), '--timeout', '10'];
  const mail = ['--from', 'a@peer.test', '--to', 'b@gent.test', '--h-Subject', 'From outside'];
  return new Promise<{ status: number | string; output: string }>((resolve) =>
    execFile('swaks', [...to, ...mail, ...more], (error, stdout, stderr) =>
      resolve({ status: error?.code ?? 0, output: stdout + stderr }),
    ),
  );
};

(isThere ? describe : describe.skip)('swaks', () => {
  it.each([
    ['in the clear', 'ESMTP', []],
    ['by TLS', 'ESMTPS', ['--tls']],
    ['pipelined', 'ESMTP', ['--pipeline']],
    ['dots and all', 'ESMTP', ['--body', '.\\n..\\nend']],
    ['without extensions', 'SMTP', ['--protocol', 'SMTP']],
  ])('delivers %s', async (_, protocol, options) => {
    const before = handler.messages.length;
    expect(await swaks(...options)).toMatchObject({ status: 0 });
    expect(handler.messages).toHaveLength(before + 1);
    expect(handler.messages.at(-1)?.envelope.client.protocol).toBe(protocol);
    expect(String(handler.messages.at(-1)?.content)).toContain('Subject: From outside\r\n');
  });

  it('is told of an unknown recipient', async () => {
    const { status, output } = await swaks('--to', 'nobody@gent.test');
    expect(status).not.toBe(0);
    expect(output).toContain('550 5.1.1');
  });
});

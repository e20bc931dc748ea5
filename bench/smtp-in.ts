import { DnsServer } from '#testing/dns-server';
import { SigningDomain } from '#testing/signed-mail';
import { SmtpClient } from '#testing/smtp-client';
import { print } from './figure.js';
import { Program } from './program.js';

const CONNECTIONS = 20;
const MESSAGES = Number(process.env['GENT_TEST_MESSAGES'] ?? 20_000);
const DOMAIN = 'agents.test';
const LONGEST_MS = 120_000;

/** From SMTP to what the API lists: 4 KiB, DKIM-signed, every check on, DNS in this process. */
export const run = async (): Promise<void> => {
  const peer = new SigningDomain('peer.example');
  const dns = await DnsServer.start(peer.zone());
  dns.ttl = 3_600;
  const program = await Program.start({ GENT_DNS_SERVERS: dns.address });
  try {
    const inboxes = await program.inboxes(DOMAIN, CONNECTIONS);
    await measure('reused connections', program, inboxes, await signed(peer, 'a', MESSAGES), reused);
    await measure('a connection each', program, inboxes, await signed(peer, 'b', MESSAGES / 4), single);
  } finally {
    await program.stop();
    await dns.stop();
  }
};

type Send = (port: number, to: string, mails: readonly string[], until: number) => Promise<number>;

const measure = async (
  name: string,
  program: Program,
  inboxes: readonly string[],
  mails: readonly string[],
  send: Send,
) => {
  const before = await visible(program, inboxes);
  const cpu = await program.cpu();
  const begin = performance.now();
  const share = Math.ceil(mails.length / inboxes.length);
  const sent = await Promise.all(
    inboxes.map((_, at) =>
      send(
        program.smtpPort,
        `agent${at}@${DOMAIN}`,
        mails.slice(at * share, (at + 1) * share),
        begin + LONGEST_MS,
      ),
    ),
  );
  const accepted = sent.reduce((sum, count) => sum + count, 0);
  const acceptedMs = performance.now() - begin;
  while ((await visible(program, inboxes)) - before < accepted && performance.now() < begin + 2 * LONGEST_MS);
  const readable = (await visible(program, inboxes)) - before;
  const readableMs = performance.now() - begin;

  const params = { connections: name, messages: accepted, bytes: mails[0]?.length };
  const report = (figure: string, value: number, unit: string) =>
    print('smtp-in', figure, value, unit, params);
  report('accepted', accepted / (acceptedMs / 1_000), 'messages/s');
  report('readable by the API', readable / (readableMs / 1_000), 'messages/s');
  for (const [thread, milliseconds] of await program.cpu()) {
    const each = (milliseconds - (cpu.get(thread) ?? 0)) / accepted;
    if (each >= 0.01) report(`CPU of ${thread}`, each, 'ms/message');
  }
  const { now, peak } = await program.memory();
  report('RSS', now / 1_048_576, 'MiB');
  report('RSS at most', peak / 1_048_576, 'MiB');
};

/** Exact, because no inbox holds more than a list counts. */
const visible = async (program: Program, inboxes: readonly string[]): Promise<number> => {
  let sum = 0;
  for (const inbox of inboxes)
    sum += Number((await program.call('GET', `/v1/messages/?limit=1&inbox_id=${inbox}`))['total']);
  return sum;
};

/** As mail servers do: the envelope in one packet, the next message on the same connection. */
const reused: Send = async (port, to, mails, until) => {
  const client = await SmtpClient.ready(port);
  let accepted = 0;
  for (const mail of mails) {
    if (performance.now() > until) break;
    accepted += await transaction(client, to, mail);
  }
  await client.say('QUIT');
  return accepted;
};

const single: Send = async (port, to, mails, until) => {
  let accepted = 0;
  for (const mail of mails) {
    if (performance.now() > until) break;
    const client = await SmtpClient.ready(port);
    accepted += await transaction(client, to, mail);
    await client.say('QUIT');
  }
  return accepted;
};

const transaction = async (client: SmtpClient, to: string, mail: string): Promise<number> => {
  await client.pipeline('MAIL FROM:<a@peer.example>', `RCPT TO:<${to}>`, 'DATA');
  return (await client.say(`${mail}.`)).startsWith('250 ') ? 1 : 0;
};

/** Made before the clock starts. Each of its own Message-ID, so of its own thread. */
const signed = async (peer: SigningDomain, series: string, count: number): Promise<readonly string[]> => {
  const body = 'The figures are attached, have a look at them before we meet.\r\n'.repeat(48);
  const mails: string[] = [];
  for (let at = 0; at < count; at += 100)
    mails.push(
      ...(await Promise.all(
        Array.from({ length: Math.min(100, count - at) }, (_, index) =>
          peer.sign(
            `From: A <a@peer.example>\r\nTo: agent@${DOMAIN}\r\nSubject: Figures ${series}${at + index}\r\n` +
              `Message-ID: <${series}${at + index}@peer.example>\r\nDate: Thu, 01 Jan 2026 00:00:00 +0000\r\n` +
              `MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${body}`,
          ),
        ),
      )),
    );
  return mails;
};

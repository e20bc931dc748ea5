import { setTimeout } from 'node:timers/promises';
import { DnsServer } from '#testing/dns-server';
import { SigningDomain } from '#testing/signed-mail';
import { print, printTimes } from './figure.js';
import { ListCaller } from './list-caller.js';
import { openInboxes, started, type Owned } from './program.js';
import { SmtpConnection } from './smtp-connection.js';

const CONNECTIONS = 20;
const MESSAGES = Number(process.env['GENT_TEST_MESSAGES'] ?? 20_000);
const DOMAIN = 'agents.test';
const LONGEST_MS = 120_000;
const POLL_MS = 50;

/** From SMTP to what the API lists: 4 KiB, DKIM-signed, every check on, DNS in this process; lists meanwhile. */
export const run = async (): Promise<void> => {
  const peer = new SigningDomain('peer.example');
  const dns = await DnsServer.start(peer.zone());
  dns.ttl = 3_600;
  const owned = await started({ GENT_DNS_SERVERS: dns.address });
  try {
    const inboxes = await openInboxes(owned, DOMAIN, CONNECTIONS);
    await measure('reused', owned, inboxes, await signed(peer, 'a', MESSAGES), reused);
    await measure('one each', owned, inboxes, await signed(peer, 'b', MESSAGES / 4), single);
  } finally {
    await owned.stop();
    await dns.stop();
  }
};

type Send = (port: number, to: string, mails: readonly Buffer[], until: number) => Promise<number>;

const measure = async (
  connections: string,
  { program, call, owner }: Owned,
  inboxes: readonly string[],
  mails: readonly Buffer[],
  send: Send,
) => {
  /** Exact, because no inbox holds more than a list counts. */
  const listed = async (inbox: string): Promise<number> =>
    Number((await call('GET', `/v1/messages/?limit=1&inbox_id=${inbox}`))['total']);
  const before = await Promise.all(inboxes.map(listed));
  const share = Math.ceil(mails.length / inboxes.length);
  const lists = await ListCaller.start(program.url, `/v1/messages/?limit=50&inbox_id=${inboxes[0]}`, owner);
  const [cpu, own] = [await program.cpu(), process.cpuUsage()];
  const begin = performance.now();
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
  let readable = 0;
  for (const [at, inbox] of inboxes.entries()) {
    const wanted = sent[at] ?? 0;
    const shown = async () => (await listed(inbox)) - (before[at] ?? 0);
    let count = await shown();
    for (; count < wanted && performance.now() < begin + 2 * LONGEST_MS; count = await shown())
      await setTimeout(POLL_MS);
    readable += count;
  }
  const readableMs = performance.now() - begin;
  const { user, system } = process.cpuUsage(own);
  const times = await lists.stop();

  const params = { connections, messages: accepted, bytes: mails[0]?.length };
  const report = (figure: string, value: number, unit: string) =>
    print('smtp-in', figure, value, unit, params);
  report('accepted', accepted / (acceptedMs / 1_000), 'messages/s');
  report('readable by the API', readable / (readableMs / 1_000), 'messages/s');
  for (const [thread, milliseconds] of await program.cpu()) {
    const each = (milliseconds - (cpu.get(thread) ?? 0)) / accepted;
    if (each >= 0.01) report(`CPU of ${thread}`, each, 'ms/message');
  }
  report('CPU of the senders and DNS', (user + system) / 1_000 / accepted, 'ms/message');
  printTimes('smtp-in', 'GET of a list page meanwhile', times, params);
  const { now, peak } = await program.memory();
  report('RSS', now / 1_048_576, 'MiB');
  report('RSS at most', peak / 1_048_576, 'MiB');
};

const envelope = (to: string) => Buffer.from(`MAIL FROM:<a@peer.example>\r\nRCPT TO:<${to}>\r\nDATA\r\n`);

/** As mail servers do: the next message on the same connection. */
const reused: Send = async (port, to, mails, until) => {
  const connection = await SmtpConnection.open(port);
  const opening = envelope(to);
  let accepted = 0;
  for (const mail of mails) {
    if (performance.now() > until) break;
    if (await connection.deliver(opening, mail)) accepted += 1;
  }
  await connection.quit();
  return accepted;
};

const single: Send = async (port, to, mails, until) => {
  let accepted = 0;
  for (const mail of mails) accepted += await reused(port, to, [mail], until);
  return accepted;
};

/** Made before the clock starts. Each of its own Message-ID, so of its own thread. */
const signed = async (peer: SigningDomain, series: string, count: number): Promise<readonly Buffer[]> => {
  const body = 'The figures are attached, have a look at them before we meet.\r\n'.repeat(48);
  const mails: Buffer[] = [];
  const sign = async (id: string) => {
    const mail = await peer.sign(
      `From: A <a@peer.example>\r\nTo: agent@${DOMAIN}\r\nSubject: Figures ${id}\r\n` +
        `Message-ID: <${id}@peer.example>\r\nDate: Thu, 01 Jan 2026 00:00:00 +0000\r\n` +
        `MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${body}`,
    );
    return Buffer.from(`${mail}.\r\n`);
  };
  for (let at = 0; at < count; at += 100) {
    const some = Array.from({ length: Math.min(100, count - at) }, (_, index) => sign(series + (at + index)));
    mails.push(...(await Promise.all(some)));
  }
  return mails;
};

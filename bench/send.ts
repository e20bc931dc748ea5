import { setTimeout } from 'node:timers/promises';
import { DnsServer } from '#testing/dns-server';
import { MailHost } from '#testing/mail-host';
import { print } from './figure.js';
import { Program } from './program.js';

const INBOXES = 20;
const CALLERS_EACH = 2;
const MESSAGES = Number(process.env['GENT_TEST_MESSAGES'] ?? 5_000);
const DOMAIN = 'agents.test';
const LONGEST_MS = 120_000;
const BODY = 'The figures are attached, have a look at them before we meet.\n'.repeat(64);

/** From the 201 to what a strict peer on this machine took, DKIM-signed, 4 KiB, and our record of it. */
export const run = async (): Promise<void> => {
  const dns = await DnsServer.start({
    'peer.example': { MX: [{ priority: 10, exchange: 'mx.peer.example' }] },
    'mx.peer.example': { A: ['127.0.0.1'] },
  });
  dns.ttl = 3_600;
  const host = await MailHost.start();
  const program = await Program.start({
    GENT_DNS_SERVERS: dns.address,
    GENT_SMTP_OUT_PORT: String(host.port),
    GENT_ALLOW_PRIVATE_TARGETS: 'true',
  });
  try {
    await measure(program, host);
  } finally {
    await program.stop();
    await host.stop();
    await dns.stop();
  }
};

const measure = async (program: Program, host: MailHost) => {
  // Each credential has a rate of its own, so each inbox sends by its own token.
  const inboxes = await program.inboxes(DOMAIN, INBOXES);
  const tokens = await Promise.all(inboxes.map((inbox_id) => tokenOf(program, inbox_id)));
  const cpu = await program.cpu();
  const begin = performance.now();
  let begun = 0;
  let accepted = 0;
  const caller = async (token: string) => {
    let last = '';
    while (begun++ < MESSAGES && performance.now() < begin + LONGEST_MS) {
      last = (await send(program, token)) ?? last;
      accepted += 1;
    }
    return { token, last };
  };
  const lasts = await Promise.all(
    tokens.flatMap((token) => Array.from({ length: CALLERS_EACH }, () => caller(token))),
  );
  const acceptedMs = performance.now() - begin;
  while (host.taken.length < accepted && performance.now() < begin + LONGEST_MS) await setTimeout(5);
  for (const { token, last } of lasts)
    while (
      last &&
      (await statusOf(program, token, last)) !== 'sent' &&
      performance.now() < begin + LONGEST_MS
    )
      await setTimeout(5);
  const recordedMs = performance.now() - begin;

  const params = {
    inboxes: INBOXES,
    callers: INBOXES * CALLERS_EACH,
    messages: accepted,
    bytes: host.taken[0]?.content.length,
  };
  const report = (figure: string, value: number, unit: string) => print('send', figure, value, unit, params);
  report('accepted', accepted / (acceptedMs / 1_000), 'messages/s');
  report('handed over and recorded', host.taken.length / (recordedMs / 1_000), 'messages/s');
  report('complaints of the peer', host.complaints.length, 'complaints');
  for (const [thread, milliseconds] of await program.cpu())
    report(`CPU of ${thread}`, (milliseconds - (cpu.get(thread) ?? 0)) / accepted, 'ms/message');
  report('RSS', (await program.memory()).now / 1_048_576, 'MiB');
};

const tokenOf = async (program: Program, inbox_id: string): Promise<string> => {
  const scopes = ['email:read', 'email:send'];
  return String(
    (await program.call('POST', '/v1/tokens/', { inbox_id, label: 'bench', scopes }))['raw_token'],
  );
};

const headersOf = (token: string) => ({
  authorization: `Bearer ${token}`,
  'content-type': 'application/json',
});

/** The id; a rate limit is waited for. */
const send = async (program: Program, token: string): Promise<string | undefined> => {
  const body = JSON.stringify({ to: [{ email: 'ann@peer.example' }], subject: 'Figures', text_body: BODY });
  for (;;) {
    const response = await fetch(`${program.http}/v1/messages/`, {
      method: 'POST',
      headers: headersOf(token),
      body,
    });
    const answer = (await response.json()) as { message_id?: string };
    if (response.status !== 429) return answer.message_id;
    await setTimeout(50);
  }
};

const statusOf = async (program: Program, token: string, messageId: string): Promise<unknown> => {
  const response = await fetch(`${program.http}/v1/messages/${messageId}/`, { headers: headersOf(token) });
  return ((await response.json()) as { status?: unknown }).status;
};

import { setTimeout } from 'node:timers/promises';
import { DnsServer } from '#testing/dns-server';
import { MailHost } from '#testing/mail-host';
import { print } from './figure.js';
import { HttpConnection } from './http-connection.js';
import { openInboxes, started, type Owned } from './program.js';

const INBOXES = 20;
const CALLERS_EACH = 4;
const MESSAGES = Number(process.env['GENT_TEST_MESSAGES'] ?? 20_000);
const DOMAIN = 'agents.test';
const LONGEST_MS = 120_000;
const BODY = JSON.stringify({
  to: [{ email: 'ann@peer.example' }],
  subject: 'Figures',
  text_body: 'The figures are attached, have a look at them before we meet.\n'.repeat(64),
});

/** From the 201 to what a strict peer on this machine took, DKIM-signed, 4 KiB, and our record of it. */
export const run = async (): Promise<void> => {
  const dns = await DnsServer.start({
    'peer.example': { MX: [{ priority: 10, exchange: 'mx.peer.example' }] },
    'mx.peer.example': { A: ['127.0.0.1'] },
  });
  dns.ttl = 3_600;
  const host = await MailHost.start();
  const owned = await started({
    GENT_OUTBOUND: 'direct',
    GENT_DNS_SERVERS: dns.address,
    GENT_SMTP_OUT_PORT: String(host.port),
    GENT_ALLOW_PRIVATE_TARGETS: 'true',
  });
  try {
    await measure(owned, host);
  } finally {
    await owned.stop();
    await host.stop();
    await dns.stop();
  }
};

const measure = async (owned: Owned, host: MailHost) => {
  const { program } = owned;
  // Each credential has a rate of its own, so each inbox sends by its own token.
  const inboxes = await openInboxes(owned, DOMAIN, INBOXES);
  const tokens = await Promise.all(inboxes.map((inbox_id) => tokenOf(owned, inbox_id)));
  const callers = await Promise.all(
    tokens.flatMap((token) => Array.from({ length: CALLERS_EACH }, () => Caller.ready(program.url, token))),
  );
  const [cpu, own] = [await program.cpu(), process.cpuUsage()];
  const begin = performance.now();
  const isOver = () => performance.now() > begin + LONGEST_MS;
  let begun = 0;
  let accepted = 0;
  await Promise.all(
    callers.map(async (caller) => {
      for (; begun < MESSAGES && !isOver(); accepted += 1) {
        begun += 1;
        await caller.send();
      }
    }),
  );
  const acceptedMs = performance.now() - begin;
  while (host.taken.length < accepted && !isOver()) await setTimeout(5);
  for (const caller of callers) while (!(await caller.isRecorded()) && !isOver()) await setTimeout(5);
  const recordedMs = performance.now() - begin;
  const { user, system } = process.cpuUsage(own);
  for (const caller of callers) caller.close();

  const params = {
    inboxes: INBOXES,
    callers: callers.length,
    messages: accepted,
    bytes: host.taken[0]?.content.length,
  };
  const report = (figure: string, value: number, unit: string) => print('send', figure, value, unit, params);
  report('accepted', accepted / (acceptedMs / 1_000), 'messages/s');
  report('handed over and recorded', host.taken.length / (recordedMs / 1_000), 'messages/s');
  const unsigned = host.taken.filter(({ content }) => !content.includes('DKIM-Signature: v=1;'));
  report('complaints of the peer', host.complaints.length + unsigned.length, 'complaints');
  report('connections', host.connections, 'connections');
  for (const [thread, milliseconds] of await program.cpu()) {
    const each = (milliseconds - (cpu.get(thread) ?? 0)) / accepted;
    if (each >= 0.01) report(`CPU of ${thread}`, each, 'ms/message');
  }
  report('CPU of the callers, the peer and DNS', (user + system) / 1_000 / accepted, 'ms/message');
  report('RSS', (await program.memory()).now / 1_048_576, 'MiB');
};

const tokenOf = async ({ call }: Owned, inbox_id: string): Promise<string> => {
  const scopes = ['email:read', 'email:send'];
  return String((await call('POST', '/v1/tokens/', { inbox_id, label: 'bench', scopes }))['raw_token']);
};

/** Sends one after the other, each as soon as the one before was answered. */
class Caller {
  private last = '';

  private constructor(
    private readonly connection: HttpConnection,
    private readonly token: string,
  ) {}

  static async ready(url: string, token: string): Promise<Caller> {
    return new Caller(await HttpConnection.open(url), token);
  }

  /** A rate limit is waited for. */
  async send(): Promise<void> {
    for (;;) {
      const { status, body } = await this.connection.call('POST', '/v1/messages/', this.token, BODY);
      if (status !== 429 && status !== 201) throw new Error(`${status} ${JSON.stringify(body)}`);
      if (status === 201) return void (this.last = String(body['message_id']));
      await setTimeout(50);
    }
  }

  /** Of the last one; one credential's mail is recorded in no order, so each caller asks. */
  async isRecorded(): Promise<boolean> {
    if (!this.last) return true;
    const { body } = await this.connection.call('GET', `/v1/messages/${this.last}/`, this.token);
    return body['status'] === 'sent';
  }

  close() {
    this.connection.close();
  }
}

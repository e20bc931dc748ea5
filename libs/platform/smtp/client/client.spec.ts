import { X509Certificate, createHash } from 'node:crypto';
import { createServer } from 'node:https';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { StubResolver } from '#platform/dns/stub-resolver';
import { Egress } from '#platform/egress/egress';
import { DnsServer } from '#testing/dns-server';
import { MailHost, type MailHostOptions } from '#testing/mail-host';
import { selfSigned } from '../server/self-signed.js';
import { SmtpClient, type SmtpClientOptions } from './client.js';
import { StsPolicies } from './mta-sts.js';
import { parseRelay } from './relay.js';

const host = selfSigned('mx.mail.example', '2020-01-01T00:00:00Z');
const other = selfSigned('other.example', '2020-01-01T00:00:00Z');
const timeouts = { connect: 1_000, command: 300, block: 300, end: 300 };

Logger.overrideLogger(false);

let dns: DnsServer;
let resolver: StubResolver;
let clients: SmtpClient[];
let peers: MailHost[];
beforeEach(async () => {
  dns = await DnsServer.start({
    'mail.example': { MX: [{ priority: 10, exchange: 'mx.mail.example' }] },
    'mx.mail.example': { A: ['127.0.0.1'] },
  });
  const [, port] = dns.address.split(':');
  resolver = new StubResolver([{ host: '127.0.0.1', port: Number(port) }]);
  [clients, peers] = [[], []];
});
afterEach(async () => {
  for (const client of clients) client.close();
  for (const peer of peers) await peer.stop();
  await dns.stop();
});

const peerWith = async (options: MailHostOptions = {}, port = 0) => {
  const peer = await MailHost.start(options, port);
  peers.push(peer);
  return peer;
};
const clientTo = (port: number, over: Partial<SmtpClientOptions> = {}) => {
  const client = new SmtpClient({
    dns: resolver,
    sts: { of: async () => null },
    name: 'mx.gent.example',
    port,
    allowPrivate: true,
    now: () => new Date('2026-01-01T00:00:00Z'),
    timeouts,
    ...over,
  });
  clients.push(client);
  return client;
};

const content = Buffer.from('Subject: Hi\r\n\r\n.dot\r\n..\r\n.\r\nend\r\n');
const mail = { mailFrom: 'bounce+1@agents.example', recipients: ['ann@mail.example'], content };
const send = (client: SmtpClient, over: Partial<typeof mail> = {}, domain = 'mail.example') =>
  client.send(domain, { ...mail, ...over }, new AbortController().signal);
const shown = async (sending: ReturnType<typeof send>) =>
  (await sending).verdicts.map(({ outcome, status, reason }) => `${outcome} ${status} ${reason}`);

describe('mail to a host that insists on the letter of RFC 5321', () => {
  it('arrives byte for byte, over one connection as long as there is something to say', async () => {
    const peer = await peerWith();
    const client = clientTo(peer.port);
    const hostile = Buffer.from('.\r\n.\r\n\r\n.\r\nQUIT\r\n');
    for (const each of [content, hostile, Buffer.from('no end')]) await send(client, { content: each });
    expect(peer.complaints).toEqual([]);
    expect(peer.taken.map((taken) => taken.content.toString())).toEqual([
      content.toString(),
      hostile.toString(),
      'no end\r\n',
    ]);
    expect(peer.connections).toBe(1);
    expect(peer.taken[0]).toMatchObject({ mailFrom: mail.mailFrom, recipients: mail.recipients });
  });

  it('never ends a line but by CRLF, whatever is in it', async () => {
    const peer = await peerWith();
    await send(clientTo(peer.port), { content: Buffer.from('a\n.\n.\r\nb\r.\rc\r\n') });
    expect(peer.complaints).toEqual([]);
    expect(peer.taken[0]?.content.toString()).toBe('a\r\n.\r\n.\r\nb\r\n.\r\nc\r\n');
  });

  it('is asked for in one go, and withheld from who wants it although nobody is to get it', async () => {
    const peer = await peerWith({
      script: { 'RCPT gone@mail.example': '550 5.1.1 No such user', '': '354 Go on' },
    });
    const client = clientTo(peer.port);
    expect(await shown(send(client, { recipients: ['gone@mail.example'] }))).toEqual([
      'bounced 5.1.1 user-unknown',
    ]);
    expect(await shown(send(client))).toEqual(['delivered 2.0.0 null']);
    expect(peer.commands.map((line) => line.split(' ', 1)[0])).toEqual([
      'EHLO',
      'MAIL',
      'RCPT',
      'DATA',
      '.',
      'RSET',
      'MAIL',
      'RCPT',
      'DATA',
    ]);
    expect([peer.taken.length, peer.complaints, peer.connections]).toEqual([1, [], 1]);
  });

  it('waits its turn where the peer cannot take commands at once', async () => {
    const peer = await peerWith({ extensions: [] });
    expect(
      await shown(send(clientTo(peer.port), { recipients: ['a@mail.example', 'b@mail.example'] })),
    ).toHaveLength(2);
    expect(peer.complaints).toEqual([]);
    expect(peer.taken[0]).toMatchObject({ recipients: ['a@mail.example', 'b@mail.example'], parameters: '' });
  });

  it('greets by HELO who knows no EHLO', async () => {
    const peer = await peerWith({ extensions: [], script: { EHLO: '502 5.5.2 What?' } });
    expect(await shown(send(clientTo(peer.port)))).toEqual(['delivered 2.0.0 null']);
    expect(peer.commands).toContain('HELO mx.gent.example');
  });

  it('has an outcome for each recipient', async () => {
    const peer = await peerWith({
      script: {
        'RCPT gone@mail.example': '550 5.1.1 No such user',
        'RCPT full@mail.example': '452 4.2.2 Mailbox full',
        'RCPT grey@mail.example': '451 4.7.1 Greylisted, try again later',
        'RCPT said@mail.example': '550 User unknown',
      },
    });
    const names = ['gone', 'ann', 'full', 'grey', 'said'].map((name) => `${name}@mail.example`);
    const { verdicts, peer: who } = await send(clientTo(peer.port), { recipients: names });
    expect(verdicts).toEqual([
      { outcome: 'bounced', status: '5.1.1', reason: 'user-unknown', reply: '550 5.1.1 No such user' },
      { outcome: 'delivered', status: '2.0.0', reason: null, reply: '250 2.0.0 Taken' },
      { outcome: 'deferred', status: '4.2.2', reason: 'mailbox-full', reply: '452 4.2.2 Mailbox full' },
      expect.objectContaining({ outcome: 'deferred', reason: 'greylisted' }),
      expect.objectContaining({ outcome: 'bounced', status: '5.0.0', reason: 'user-unknown' }),
    ]);
    expect([who, peer.taken[0]?.recipients]).toEqual(['mx.mail.example', ['ann@mail.example']]);
  });

  it.each<[string, MailHostOptions, string]>([
    ['no recipient is good', { script: { RCPT: '550 5.7.1 No' } }, 'bounced 5.7.1 policy'],
    ['the sender is refused', { script: { MAIL: '550 5.7.1 Not you' } }, 'bounced 5.7.1 policy'],
    ['the sender is refused for now', { script: { MAIL: '451 4.3.0 Later' } }, 'deferred 4.3.0 peer'],
    ['the content is refused', { script: { body: '554 5.7.1 Spam' } }, 'bounced 5.7.1 policy'],
    ['it shuts down', { script: { RCPT: '421 4.3.2 Going down' } }, 'deferred 4.3.2 rate-limited'],
    ['it greets with a refusal', { script: { greeting: '554 5.7.1 Not you' } }, 'bounced 5.7.1 policy'],
    [
      'it is too busy to greet',
      { script: { greeting: '421 4.7.0 Too many' } },
      'deferred 4.7.0 rate-limited',
    ],
    ['it keeps silent', { script: { MAIL: 'silence' } }, 'deferred 4.4.2 network'],
    ['it hangs up on DATA', { hangUpIn: 'DATA' }, 'deferred 4.4.2 network'],
    ['it speaks something else', { script: { greeting: 'HTTP/1.1 200 OK' } }, 'deferred 4.4.2 network'],
    ['its reply has no end', { script: { greeting: `220 ${'x'.repeat(9_000)}` } }, 'deferred 4.4.2 network'],
    ['it is too large', { extensions: ['SIZE 10'] }, 'bounced 5.3.4 too-large'],
  ])('when %s', async (_, options, expected) => {
    const peer = await peerWith(options);
    expect(await shown(send(clientTo(peer.port)))).toEqual([expected]);
    expect(peer.taken).toEqual([]);
    expect(peer.complaints).toEqual([]);
  });

  it('says so where the peer may have accepted it', async () => {
    const peer = await peerWith({ hangUpIn: 'body' });
    await expect(send(clientTo(peer.port))).rejects.toMatchObject({ name: 'ConnectionLost', sent: true });
  });

  it('needs SMTPUTF8 for what is not ASCII, and bounces only that', async () => {
    const peer = await peerWith({ extensions: ['PIPELINING', '8BITMIME'] });
    const recipients = ['jörg@mail.example', 'ann@mail.example'];
    expect(await shown(send(clientTo(peer.port), { recipients }))).toEqual([
      'bounced 5.6.7 smtputf8',
      'delivered 2.0.0 null',
    ]);
    const able = await peerWith();
    const utf8 = Buffer.from('Subject: é\r\n\r\nx\r\n');
    await send(clientTo(able.port), { recipients, content: utf8 });
    expect(able.taken[0]).toMatchObject({ recipients, content: utf8 });
    expect(able.taken[0]?.parameters).toMatch(/BODY=8BITMIME SMTPUTF8/);
    expect(able.complaints).toEqual([]);
  });

  it('goes over a new connection when the old one was closed meanwhile', async () => {
    const peer = await peerWith({ script: { RSET: '250 Ok', MAIL: ['250 Ok', '421 4.4.2 Idle'] } });
    const client = clientTo(peer.port);
    await send(client);
    expect(await shown(send(client))).toEqual(['delivered 2.0.0 null']);
    expect(peer.connections).toBe(2);
  });
});

describe('the way to a domain', () => {
  it.each([
    ['null MX', { MX: [{ priority: 0, exchange: '.' }] }, 'bounced 5.1.10 null-mx'],
    ['itself, having no MX', { A: ['127.0.0.1'] }, 'delivered 2.0.0 null'],
    ['an alias', { CNAME: 'mail.example' }, 'delivered 2.0.0 null'],
    ['ourselves', { MX: [{ priority: 5, exchange: 'mx.gent.example' }] }, 'bounced 5.4.6 peer'],
    [
      'a host without an address',
      { MX: [{ priority: 5, exchange: 'nowhere.example' }] },
      'bounced 5.4.4 dns',
    ],
  ])('leads to %s', async (_, records, expected) => {
    const peer = await peerWith();
    dns.zone['to.example'] = records;
    expect(await shown(send(clientTo(peer.port), {}, 'to.example'))).toEqual([expected]);
  });

  it('is closed where there is no such domain, and unknown while nobody answers', async () => {
    const client = clientTo(1);
    expect(await shown(send(client, {}, 'missing.example'))).toEqual(['bounced 5.1.2 no-such-domain']);
    dns.faults['mail.example'] = 'servfail';
    expect(await shown(send(client))).toEqual(['deferred 4.4.3 dns']);
  });

  it('goes on to the next host, in the order of preference', async () => {
    dns.zone['mail.example'] = {
      MX: [
        { priority: 20, exchange: 'backup.mail.example' },
        { priority: 10, exchange: 'mx.mail.example' },
      ],
    };
    dns.zone['backup.mail.example'] = { A: ['127.0.0.1'] };
    const peer = await peerWith({ script: { greeting: '421 4.3.2 Busy' } });
    const { peer: last } = await send(clientTo(peer.port));
    expect([peer.connections, last]).toEqual([2, 'backup.mail.example']);
  });

  it('never leads to an address that is not public', async () => {
    const peer = await peerWith();
    const client = clientTo(peer.port, { allowPrivate: false });
    dns.zone['mx.mail.example'] = {
      A: ['127.0.0.1', '10.0.0.1', '169.254.1.1'],
      AAAA: ['::1', '::ffff:127.0.0.1', 'fe80::1'],
    };
    expect(await shown(send(client))).toEqual(['bounced 5.4.4 policy']);
    expect(peer.connections).toBe(0);
  });
});

describe('TLS', () => {
  it('is used where it is offered, and done without where it fails and nobody asked for it', async () => {
    const peer = await peerWith({ tls: host });
    const { verdicts, tls } = await send(clientTo(peer.port));
    expect([verdicts[0]?.outcome, peer.taken[0]?.tls]).toEqual(['delivered', true]);
    expect(tls).toMatch(/^TLSv1\.[23] TLS_/);

    const broken = await peerWith({ tls: host, script: { STARTTLS: '454 4.7.0 Not now' } });
    await send(clientTo(broken.port));
    expect(broken.taken[0]?.tls).toBe(false);
  });

  it('that was preceded by commands in clear is not believed', async () => {
    const peer = await peerWith({ tls: host, script: { STARTTLS: '220 Go\r\n250 Injected' } });
    await send(clientTo(peer.port));
    expect(peer.taken[0]?.tls).toBe(false);
  });

  it('keeps what must be kept secret from who cannot prove who he is', async () => {
    const peer = await peerWith({ tls: host, extensions: ['REQUIRETLS'] });
    const secret = { ...mail, requireTls: true };
    const one = (client: SmtpClient) => client.send('mail.example', secret, new AbortController().signal);
    expect((await one(clientTo(peer.port))).verdicts[0]).toMatchObject({
      outcome: 'bounced',
      status: '5.7.30',
    });
    await one(clientTo(peer.port, { trust: { ca: host.cert } }));
    expect(peer.taken[0]?.parameters).toBe('REQUIRETLS');
  });

  describe('by DANE', () => {
    const leaf = new X509Certificate(host.cert);
    const spki = leaf.publicKey.export({ type: 'spki', format: 'der' });
    const published = (certificate: Buffer, usage = 3) => {
      dns.authenticated = true;
      dns.zone[`_${peers[0]?.port}._tcp.mx.mail.example`] = {
        TLSA: [{ usage, selector: 1, matchingType: 1, certificate }],
      };
    };
    const sha256 = (data: Buffer) => createHash('sha256').update(data).digest();

    it('is demanded as it is published', async () => {
      const peer = await peerWith({ tls: host });
      published(sha256(spki));
      expect(await shown(send(clientTo(peer.port)))).toEqual(['delivered 2.0.0 null']);
    });

    it('fails for another certificate, and without TLS', async () => {
      const peer = await peerWith({ tls: other });
      published(sha256(spki));
      expect(await shown(send(clientTo(peer.port)))).toEqual(['deferred 4.7.5 tls']);
      peer.options = {};
      expect(await shown(send(clientTo(peer.port)))).toEqual(['deferred 4.7.5 tls']);
      expect(peer.taken).toEqual([]);
    });

    it('counts for nothing unless a resolver vouches for it', async () => {
      const peer = await peerWith({ tls: other });
      published(sha256(spki));
      dns.authenticated = false;
      expect(await shown(send(clientTo(peer.port)))).toEqual(['delivered 2.0.0 null']);
    });
  });

  describe('by MTA-STS', () => {
    let policy: string;
    let web: ReturnType<typeof createServer>;
    let asked: number;
    beforeEach(async () => {
      const pair = selfSigned('mta-sts.mail.example', '2020-01-01T00:00:00Z');
      asked = 0;
      web = createServer(pair, (request, response) => {
        asked += 1;
        response.statusCode = request.url === '/.well-known/mta-sts.txt' ? 200 : 404;
        response.end(policy);
      });
      web.listen(0, '127.0.0.1');
      await once(web, 'listening');
      dns.zone['_mta-sts.mail.example'] = { TXT: ['v=STSv1; id=1;'] };
      dns.zone['mta-sts.mail.example'] = { A: ['127.0.0.1'] };
      sts = new StsPolicies(
        resolver,
        new Egress(resolver, true, { ca: pair.cert }),
        () => 0,
        (web.address() as AddressInfo).port,
      );
    });
    afterEach(() => new Promise((resolve) => web.close(resolve)));
    let sts: StsPolicies;
    const enforced = (mx: string) => `version: STSv1\nmode: enforce\nmx: ${mx}\nmax_age: 86400\n`;

    it('is demanded of the hosts that the policy names, and the policy fetched once', async () => {
      policy = enforced('*.mail.example');
      const peer = await peerWith({ tls: host });
      const trusting = clientTo(peer.port, { sts, trust: { ca: host.cert } });
      expect(await shown(send(trusting))).toEqual(['delivered 2.0.0 null']);
      const client = clientTo(peer.port, { sts });
      expect(await shown(send(client))).toEqual(['deferred 4.7.5 tls']);
      peer.options = {};
      expect(await shown(send(client))).toEqual(['deferred 4.7.5 tls']);
      expect([asked, peer.taken.length]).toEqual([1, 1]);
    });

    it('shuts out a host that it does not name, and nobody while it is only tested', async () => {
      policy = enforced('mx.elsewhere.example');
      const peer = await peerWith({ tls: host });
      expect(await shown(send(clientTo(peer.port, { sts })))).toEqual(['deferred 4.7.5 tls']);
      expect(peer.connections).toBe(0);
      dns.zone['_mta-sts.mail.example'] = { TXT: ['v=STSv1; id=2;'] };
      policy = policy.replace('enforce', 'testing');
      resolver = new StubResolver([{ host: '127.0.0.1', port: Number(dns.address.split(':')[1]) }]);
      expect(
        await shown(
          send(
            clientTo(peer.port, { sts: new StsPolicies(resolver, new Egress(resolver, true), () => 0, 1) }),
          ),
        ),
      ).toEqual(['delivered 2.0.0 null']);
    });
  });
});

describe('a relay', () => {
  it('takes everything, from who can sign in', async () => {
    const peer = await peerWith({ extensions: ['AUTH PLAIN LOGIN', 'PIPELINING'] });
    const relay = parseRelay(`smtp://us%40er:pa%20ss@127.0.0.1:${peer.port}`);
    const { verdicts } = await clientTo(1).relay(relay, mail, new AbortController().signal);
    expect(verdicts[0]?.outcome).toBe('delivered');
    expect(peer.commands).toContain(`AUTH PLAIN ${Buffer.from('\0us@er\0pa ss').toString('base64')}`);

    peer.options = { ...peer.options, script: { AUTH: '535 5.7.8 Bad credentials' } };
    const refused = await clientTo(1).relay(relay, mail, new AbortController().signal);
    expect(refused.verdicts[0]).toMatchObject({ outcome: 'deferred', status: '4.7.0' });
    expect(JSON.stringify(refused)).not.toContain('pa ss');
  });
});

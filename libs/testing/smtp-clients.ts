import { afterEach, beforeEach } from '@jest/globals';
import { StubResolver } from '#platform/dns/stub-resolver';
import { SmtpClient, type SmtpClientOptions } from '#platform/smtp/client/client';
import { DnsServer } from './dns-server.js';
import { MailHost, type MailHostOptions } from './mail-host.js';

const timeouts = { connect: 1_000, command: 300, block: 300, end: 300 };

const content = Buffer.from('Subject: Hi\r\n\r\n.dot\r\n..\r\n.\r\nend\r\n');
const mail = { mailFrom: 'bounce+1@agents.example', recipients: ['ann@mail.example'], content };

/** For the specs of a file: a DNS of their own, and hosts and clients that end with each of them. */
export const smtpClients = () => {
  const site = {} as { dns: DnsServer; resolver: StubResolver; clients: SmtpClient[]; peers: MailHost[] };
  beforeEach(async () => {
    site.dns = await DnsServer.start({
      'mail.example': { MX: [{ priority: 10, exchange: 'mx.mail.example' }] },
      'mx.mail.example': { A: ['127.0.0.1'] },
    });
    const [, port] = site.dns.address.split(':');
    site.resolver = new StubResolver([{ host: '127.0.0.1', port: Number(port) }]);
    [site.clients, site.peers] = [[], []];
  });
  afterEach(async () => {
    for (const client of site.clients) client.close();
    for (const peer of site.peers) await peer.stop();
    await site.dns.stop();
  });

  const peerWith = async (options: MailHostOptions = {}, port = 0) => {
    const peer = await MailHost.start(options, port);
    site.peers.push(peer);
    return peer;
  };
  const clientTo = (port: number, over: Partial<SmtpClientOptions> = {}) => {
    const client = new SmtpClient({
      dns: site.resolver,
      sts: { of: async () => null },
      name: 'mx.gent.example',
      port,
      allowPrivate: true,
      now: () => new Date('2026-01-01T00:00:00Z'),
      timeouts,
      ...over,
    });
    site.clients.push(client);
    return client;
  };
  const send = (client: SmtpClient, over: Partial<typeof mail> = {}, domain = 'mail.example') =>
    client.send(domain, { ...mail, ...over }, new AbortController().signal);
  const shown = async (sending: ReturnType<typeof send>) =>
    (await sending).verdicts.map(({ outcome, status, reason }) => `${outcome} ${status} ${reason}`);
  return { site, mail, content, peerWith, clientTo, send, shown };
};

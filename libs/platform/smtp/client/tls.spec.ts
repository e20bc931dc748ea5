import { X509Certificate, createHash } from 'node:crypto';
import { createServer } from 'node:https';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { StubResolver } from '#platform/dns/stub-resolver';
import { Egress } from '#platform/egress/egress';
import { smtpClients } from '#testing/smtp-clients';
import { selfSigned } from '../server/self-signed.js';
import { SmtpClient } from './client.js';
import { StsPolicies } from './mta-sts.js';
import { StsMemory } from './sts-memory.js';

const host = selfSigned('mx.mail.example', '2020-01-01T00:00:00Z');
const other = selfSigned('other.example', '2020-01-01T00:00:00Z');

Logger.overrideLogger(false);

const { site, mail, peerWith, clientTo, send, shown } = smtpClients();

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
      site.dns.authenticated = true;
      site.dns.zone[`_${site.peers[0]?.port}._tcp.mx.mail.example`] = {
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

    it('counts for nothing unless a site.resolver vouches for it', async () => {
      const peer = await peerWith({ tls: other });
      published(sha256(spki));
      site.dns.authenticated = false;
      expect(await shown(send(clientTo(peer.port)))).toEqual(['delivered 2.0.0 null']);
    });
  });

  describe('by MTA-STS', () => {
    let policy: string;
    let pair: ReturnType<typeof selfSigned>;
    let web: ReturnType<typeof createServer>;
    let asked: number;
    let status: number;
    let headers: Readonly<Record<string, string>>;
    beforeEach(async () => {
      [status, headers] = [200, { 'content-type': 'text/plain' }];
      pair = selfSigned('mta-sts.mail.example', '2020-01-01T00:00:00Z');
      asked = 0;
      web = createServer(pair, (request, response) => {
        asked += 1;
        if (request.url === '/.well-known/mta-sts.txt') response.writeHead(status, headers);
        else response.writeHead(404);
        response.end(policy);
      });
      web.listen(0, '127.0.0.1');
      await once(web, 'listening');
      site.dns.zone['_mta-sts.mail.example'] = { TXT: ['v=STSv1; id=1;'] };
      site.dns.zone['mta-sts.mail.example'] = { A: ['127.0.0.1'] };
      sts = policiesAt((web.address() as AddressInfo).port, { ca: pair.cert });
    });
    afterEach(() => new Promise((resolve) => web.close(resolve)));
    let sts: StsPolicies;
    const silent = () => undefined;
    const forgetAnswers = () => {
      site.resolver = new StubResolver([{ host: '127.0.0.1', port: Number(site.dns.address.split(':')[1]) }]);
    };
    const policiesAt = (port: number, trust = {}, memory = new StsMemory(null, silent), now = () => 0) =>
      new StsPolicies(site.resolver, new Egress(site.resolver, true, trust), memory, now, silent, port);
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
      site.dns.zone['_mta-sts.mail.example'] = { TXT: ['v=STSv1; id=2;'] };
      policy = policy.replace('enforce', 'testing');
      forgetAnswers();
      expect(await shown(send(clientTo(peer.port, { sts: policiesAt(1) })))).toEqual([
        'delivered 2.0.0 null',
      ]);
    });

    it('is read from an answer that is plain text, whole and not too long, and from no other', async () => {
      const found = async (contentType: string | null, code = 200, text = enforced('mx.mail.example')) => {
        policy = text;
        status = code;
        headers = {
          location: '/.well-known/mta-sts.txt',
          ...(contentType && { 'content-type': contentType }),
        };
        const fresh = policiesAt((web.address() as AddressInfo).port, { ca: pair.cert });
        return (await fresh.of('mail.example'))?.mode ?? null;
      };
      expect(await found('text/plain')).toBe('enforce');
      expect(await found('TEXT/Plain ; charset=utf-8')).toBe('enforce');
      for (const other of ['text/html', 'text/plainer', 'image/text/plain', null])
        expect(await found(other)).toBeNull();
      for (const code of [201, 203, 301, 302, 307, 404, 500])
        expect(await found('text/plain', code)).toBeNull();
      const long = `${enforced('mx.mail.example')}x: ${'x'.repeat(64 * 1_024)}`;
      expect(await found('text/plain', 200, long)).toBeNull();
    });

    describe('is remembered', () => {
      let path: string;
      beforeEach(async () => {
        path = join(await mkdtemp(join(tmpdir(), 'gent-sts-')), 'mta-sts.db');
        policy = enforced('mx.elsewhere.example');
      });
      afterEach(() => rm(dirname(path), { recursive: true }));
      const after = (milliseconds: number) =>
        policiesAt(1, {}, new StsMemory(path, silent), () => milliseconds).of('mail.example');

      it('by the next process, also where somebody hides it, for as long as it says', async () => {
        const { port } = web.address() as AddressInfo;
        const memory = new StsMemory(path, silent);
        await policiesAt(port, { ca: pair.cert }, memory).of('mail.example');
        memory.close();
        delete site.dns.zone['_mta-sts.mail.example'];
        forgetAnswers();
        expect(await after(86_399_999)).toMatchObject({ mode: 'enforce', mx: ['mx.elsewhere.example'] });
        expect(await after(86_400_000)).toBeNull();
      });

      it('anew where the file was destroyed', async () => {
        await writeFile(path, 'no database'.repeat(1_000));
        const { port } = web.address() as AddressInfo;
        const policies = policiesAt(port, { ca: pair.cert }, new StsMemory(path, silent));
        await policies.of('mail.example');
        delete site.dns.zone['_mta-sts.mail.example'];
        forgetAnswers();
        expect(await after(0)).toMatchObject({ mode: 'enforce' });
      });
    });
  });
});

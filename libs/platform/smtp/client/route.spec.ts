import { describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { smtpClients } from '#testing/smtp-clients';

Logger.overrideLogger(false);

const { site, peerWith, clientTo, send, shown } = smtpClients();

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
    site.dns.zone['to.example'] = records;
    expect(await shown(send(clientTo(peer.port), {}, 'to.example'))).toEqual([expected]);
  });

  it('is closed where there is no such domain, and unknown while nobody answers', async () => {
    const client = clientTo(1);
    expect(await shown(send(client, {}, 'missing.example'))).toEqual(['bounced 5.1.2 no-such-domain']);
    site.dns.faults['mail.example'] = 'servfail';
    expect(await shown(send(client))).toEqual(['deferred 4.4.3 dns']);
  });

  it('goes on to the next host, in the order of preference', async () => {
    site.dns.zone['mail.example'] = {
      MX: [
        { priority: 20, exchange: 'backup.mail.example' },
        { priority: 10, exchange: 'mx.mail.example' },
      ],
    };
    site.dns.zone['backup.mail.example'] = { A: ['127.0.0.1'] };
    const peer = await peerWith({ script: { greeting: '421 4.3.2 Busy' } });
    const { peer: last } = await send(clientTo(peer.port));
    expect([peer.connections, last]).toEqual([2, 'backup.mail.example']);
  });

  it('is open while one host is away, though another will not have us', async () => {
    site.dns.zone['mail.example'] = {
      MX: [
        { priority: 10, exchange: 'mx.mail.example' },
        { priority: 20, exchange: 'backup.mail.example' },
      ],
    };
    site.dns.zone['mx.mail.example'] = { A: ['127.0.0.2'] };
    site.dns.zone['backup.mail.example'] = { A: ['127.0.0.1'] };
    const peer = await peerWith({ script: { greeting: '554 5.7.1 Not you' } });
    expect(await shown(send(clientTo(peer.port)))).toEqual(['deferred 4.4.2 network']);
    expect(peer.connections).toBe(1);
  });

  it('never leads to an address that is not public', async () => {
    const peer = await peerWith();
    const client = clientTo(peer.port, { allowPrivate: false });
    site.dns.zone['mx.mail.example'] = {
      A: ['127.0.0.1', '10.0.0.1', '169.254.1.1'],
      AAAA: ['::1', '::ffff:127.0.0.1', '::7f00:1', 'fe80::1'],
    };
    expect(await shown(send(client))).toEqual(['bounced 5.4.4 policy']);
    expect(peer.connections).toBe(0);
  });
});

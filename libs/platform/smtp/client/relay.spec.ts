import { describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { smtpClients } from '#testing/smtp-clients';
import { parseRelay } from './relay.js';

Logger.overrideLogger(false);

const { mail, peerWith, clientTo } = smtpClients();

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

  it('that is to be spoken to in TLS alone is told nothing in clear', async () => {
    const peer = await peerWith();
    const relay = parseRelay(`smtps://127.0.0.1:${peer.port}`);
    const { verdicts } = await clientTo(1).relay(relay, mail, new AbortController().signal);
    expect(verdicts[0]).toMatchObject({ outcome: 'deferred', status: '4.7.5', reason: 'tls' });
    expect(peer.taken).toEqual([]);
  });

  it('that says a password back is not quoted', async () => {
    const sent = Buffer.from('\0user\0secret').toString('base64');
    const script = { AUTH: `501 5.5.4 Cannot read AUTH PLAIN ${sent}` };
    const peer = await peerWith({ extensions: ['AUTH PLAIN'], script });
    const relay = parseRelay(`smtp://user:secret@127.0.0.1:${peer.port}`);
    const { verdicts } = await clientTo(1).relay(relay, mail, new AbortController().signal);
    expect(verdicts[0]).toMatchObject({ outcome: 'deferred', status: '4.7.0' });
    expect(JSON.stringify(verdicts)).not.toContain(sent);
  });

  it('hears no password before it asks for one', async () => {
    const extensions = ['AUTH LOGIN'];
    const peer = await peerWith({ extensions, script: { AUTH: '504 5.5.4 Not now' } });
    const relay = parseRelay(`smtp://user:secret@127.0.0.1:${peer.port}`);
    const { verdicts } = await clientTo(1).relay(relay, mail, new AbortController().signal);
    expect(verdicts[0]).toMatchObject({ outcome: 'deferred', status: '4.7.0', reply: '504 5.5.4 Not now' });
    expect(peer.commands.join(' ')).not.toContain(Buffer.from('secret').toString('base64'));

    const user = Buffer.from('user').toString('base64');
    const password = Buffer.from('secret').toString('base64');
    const asking = { AUTH: '334 VXNlcm5hbWU6', [user.toUpperCase()]: '334 UGFzc3dvcmQ6' };
    peer.options = { extensions, script: { ...asking, [password.toUpperCase()]: '235 2.7.0 Welcome' } };
    const taken = await clientTo(1).relay(relay, mail, new AbortController().signal);
    expect(taken.verdicts[0]?.outcome).toBe('delivered');
  });
});

import { describe, expect, it } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { smtpClients } from '#testing/smtp-clients';
import { type MailHostOptions } from '#testing/mail-host';
import { gathered } from './connection.js';
import { stuffed } from './transaction.js';

Logger.overrideLogger(false);

const { mail, content, peerWith, clientTo, send, shown } = smtpClients();

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

  it.each<[string, MailHostOptions]>([
    ['MAIL', { script: { MAIL: '550 5.1.1 User unknown' } }],
    ['MAIL in words', { script: { MAIL: '550 No such user here' } }],
    ['RCPT', { script: { RCPT: '550 5.1.8 <a@agents.example>: Sender address rejected: Domain not found' } }],
    ['RCPT in words', { script: { RCPT: '550 Sender address rejected: User unknown' } }],
    ['the greeting', { script: { greeting: '554 5.1.2 Unknown user' } }],
  ])('does not blame a recipient for what is said of the sender at %s', async (_, options) => {
    const peer = await peerWith(options);
    expect((await send(clientTo(peer.port))).verdicts).toMatchObject([
      { outcome: 'bounced', reason: 'policy' },
    ]);
  });

  it('blames no recipient for what is said of the whole mail, unless it is the only one', async () => {
    const peer = await peerWith({ script: { body: '550 5.1.1 User unknown' } });
    const client = clientTo(peer.port);
    expect(await shown(send(client, { recipients: ['a@mail.example', 'b@mail.example'] }))).toEqual([
      'bounced 5.1.1 policy',
      'bounced 5.1.1 policy',
    ]);
    expect(await shown(send(client))).toEqual(['bounced 5.1.1 user-unknown']);
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

  it.each([['451 4.3.0 Later'], ['554 5.7.1 No']])(
    'does not suffer from the content that the peer did not want before: %s',
    async (refusal) => {
      for (const extensions of [undefined, []] as const) {
        const peer = await peerWith({
          script: { DATA: [refusal, '354 Go on'] },
          ...(extensions && { extensions }),
        });
        const client = clientTo(peer.port);
        expect((await send(client)).verdicts[0]?.reply).toBe(refusal);
        expect(await shown(send(client))).toEqual(['delivered 2.0.0 null']);
        expect([peer.complaints, peer.connections, peer.taken.length]).toEqual([[], 1, 1]);
      }
    },
  );

  it.each(['250 2.0.0 Ok', '334 Go on'])(
    'is not taken for sent where DATA is answered with %s',
    async (odd) => {
      for (const extensions of [undefined, []] as const) {
        const peer = await peerWith({ script: { DATA: odd }, ...(extensions && { extensions }) });
        expect((await send(clientTo(peer.port))).verdicts[0]).toMatchObject({ outcome: 'deferred' });
        expect(peer.taken).toEqual([]);
      }
    },
  );

  it.each([
    ['greets twice', { greeting: '220 peer.example\r\n220 peer.example' }],
    ['greets with 250', { greeting: '250 Ok' }],
    ['introduces itself with 220', { EHLO: '220 peer.example' }],
    ['says that HELO is for later', { EHLO: '500 5.5.2 What?', HELO: '334 Later' }],
  ])('is not taken for sent to who %s', async (_, script) => {
    const peer = await peerWith({ script });
    expect((await send(clientTo(peer.port))).verdicts[0]).toMatchObject({ outcome: 'deferred' });
    expect(peer.taken).toEqual([]);
  });

  it('is put off as the peer asks who says goodbye between two recipients', async () => {
    const peer = await peerWith({
      extensions: [],
      script: { 'RCPT b@mail.example': '421 4.3.2 Going down' },
    });
    const recipients = ['a@mail.example', 'b@mail.example', 'c@mail.example'];
    const { verdicts } = await send(clientTo(peer.port), { recipients });
    expect(verdicts.map(({ reply }) => reply)).toEqual(Array(3).fill('421 4.3.2 Going down'));
    expect(peer.taken).toEqual([]);
  });

  it('is not sent over a connection on which the peer speaks unasked', async () => {
    const peer = await peerWith({
      script: { body: ['250 2.0.0 Taken\r\n250 2.0.0 Taken', '250 2.0.0 Taken'] },
    });
    const client = clientTo(peer.port);
    await send(client);
    expect(await shown(send(client))).toEqual(['delivered 2.0.0 null']);
    expect([peer.taken.length, peer.complaints]).toEqual([2, []]);
  });

  it('has arrived where the peer says so, whatever it says after that', async () => {
    for (const after of ['', 'HTTP/1.1 200 OK']) {
      const peer = await peerWith({ script: { body: `250 2.0.0 Taken\r\n${after}` } });
      expect(await shown(send(clientTo(peer.port)))).toEqual(['delivered 2.0.0 null']);
    }
  });

  it('goes out in pieces that a slow line takes in time, however large it is', async () => {
    const large = Buffer.concat([content, Buffer.from(`${'x'.repeat(76)}\r\n`.repeat(10_000)), content]);
    const pieces = [...gathered(stuffed(large))];
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThanOrEqual(64 * 1024);
    expect(pieces.length).toBeLessThan(20);
    const peer = await peerWith();
    await send(clientTo(peer.port), { content: large });
    expect(peer.taken[0]?.content.equals(large)).toBe(true);
  });

  it('goes to some now and to others later where the peer takes so many at once', async () => {
    for (const reply of ['452 4.5.3 Too many recipients', '552 Too many recipients', '550 5.5.3 Enough']) {
      const peer = await peerWith({ script: { 'RCPT b@mail.example': reply } });
      const recipients = ['a@mail.example', 'b@mail.example'];
      const { verdicts } = await send(clientTo(peer.port), { recipients });
      expect(verdicts.map(({ outcome }) => outcome)).toEqual(['delivered', 'deferred']);
    }
    const peer = await peerWith({
      script: { 'RCPT a@mail.example': '552 5.2.2 Mailbox full', RCPT: '550 5.5.3 No' },
    });
    const recipients = ['a@mail.example', 'b@mail.example'];
    expect(await shown(send(clientTo(peer.port), { recipients }))).toEqual([
      'bounced 5.2.2 mailbox-full',
      'bounced 5.5.3 peer',
    ]);
  });

  it('is given up when its time is over, also on a connection that was there already', async () => {
    const peer = await peerWith();
    const client = clientTo(peer.port, {
      timeouts: { connect: 1_000, command: 60_000, block: 60_000, end: 60_000 },
    });
    await send(client);
    peer.options = { script: { MAIL: 'silence' } };
    const over = new AbortController();
    const sending = client.send('mail.example', mail, over.signal);
    while (peer.commands.filter((line) => line.startsWith('MAIL')).length < 2) await nextTurn();
    over.abort();
    expect(await shown(sending)).toEqual(['deferred 4.4.2 network']);
    expect([peer.connections, peer.commands.filter((line) => line.startsWith('EHLO')).length]).toEqual([
      1, 1,
    ]);
  });

  it('waits for nothing more from who says goodbye and stays', async () => {
    const script = { MAIL: '450-4.3.2 Going\r\n421 4.3.2 down', RSET: 'silence' };
    const peer = await peerWith({ extensions: [], script });
    const patient = { connect: 60_000, command: 60_000, block: 60_000, end: 60_000 };
    expect(await shown(send(clientTo(peer.port, { timeouts: patient })))).toEqual([
      'deferred 4.3.2 rate-limited',
    ]);
  });

  it('goes over a new connection when the old one was closed meanwhile', async () => {
    const peer = await peerWith({ script: { RSET: '250 Ok', MAIL: ['250 Ok', '421 4.4.2 Idle'] } });
    const client = clientTo(peer.port);
    await send(client);
    expect(await shown(send(client))).toEqual(['delivered 2.0.0 null']);
    expect(peer.connections).toBe(2);
  });
});

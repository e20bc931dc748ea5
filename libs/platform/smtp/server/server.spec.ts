import { describe, expect, it } from '@jest/globals';
import { setImmediate } from 'node:timers/promises';
import { SmtpClient } from '#testing/smtp-client';
import { KeepingHandler } from '#testing/smtp-peer';
import { ENVELOPE, smtpServers } from '#testing/smtp-servers';
import type { Envelope } from './handler.js';

const start = smtpServers();

describe('the dialogue', () => {
  it('greets, offers what it has, and takes a message', async () => {
    const { handler, port } = await start();
    const client = await SmtpClient.connect(port);
    expect(await client.reply()).toBe('220 mx.gent.test ESMTP ready');
    expect((await client.say('EHLO client.test')).split('\r\n')).toEqual([
      '250-mx.gent.test',
      '250-SIZE 26214400',
      '250-8BITMIME',
      '250-PIPELINING',
      '250-CHUNKING',
      '250-SMTPUTF8',
      '250-ENHANCEDSTATUSCODES',
      '250 STARTTLS',
    ]);
    expect(await client.say('mail from:<a@peer.test> size=100 body=8bitmime')).toBe('250 2.1.0 Sender ok');
    expect(await client.say('RCPT TO:<nobody@gent.test>')).toBe('550 5.1.1 No such user');
    expect(await client.say('RCPT TO:<b@gent.test>')).toBe('250 2.1.5 Recipient ok');
    expect(await client.say('DATA')).toMatch(/^354 /);
    expect(await client.say('Subject: x\r\n\r\n..dot\r\n.')).toBe('250 2.0.0 Kept as 1');
    expect(await client.say('QUIT')).toBe('221 2.0.0 Bye');
    await client.closed();
    expect(handler.messages[0]).toMatchObject({
      envelope: {
        client: { remoteIp: '127.0.0.1', helo: 'client.test', protocol: 'ESMTP' },
        sender: { text: 'a@peer.test' },
        size: 100,
        recipients: [{ address: { text: 'b@gent.test' }, target: 'b' }],
      },
      content: Buffer.from('Subject: x\r\n\r\n.dot\r\n'),
    });
  });

  it('answers each of many pipelined commands, in order', async () => {
    const { client, handler } = await start();
    client.send(`${ENVELOPE.join('\r\n')}\r\nRCPT TO:<nobody@gent.test>\r\nDATA\r\n`);
    client.send('one\r\n.\r\nRSET\r\nMAIL FROM:<>\r\nRCPT TO:<b@gent.test>\r\nDATA\r\ntwo\r\n.\r\nQUIT\r\n');
    const codes = (await client.rest()).split('\r\n').map((line) => line.slice(0, 3));
    expect(codes.join(' ').trim()).toBe('250 250 550 354 250 250 250 250 354 250 221');
    expect(handler.messages.map(({ content }) => String(content))).toEqual(['one\r\n', 'two\r\n']);
    expect(handler.messages[1]?.envelope.sender).toBeNull();
  });

  it('goes on with everybody else when a defect meets one client', async () => {
    class Defective extends KeepingHandler {
      override sender(envelope: Envelope<unknown>) {
        if (envelope.sender?.local === 'odd') throw new Error('A defect');
        return super.sender(envelope);
      }
    }
    const { client, port, failures } = await start({}, new Defective());
    const other = await SmtpClient.ready(port);
    client.send('MAIL FROM:<odd@peer.test>\r\n');
    await client.closed();
    expect(failures).toMatchObject([{ message: 'A defect' }]);
    expect(await other.pipeline(...ENVELOPE)).toEqual(['250 2.1.0 Sender ok', '250 2.1.5 Recipient ok']);
  });

  it('answers a client that closed its half already', async () => {
    const { client, handler } = await start();
    client.send(`${ENVELOPE.join('\r\n')}\r\nDATA\r\nx\r\n.\r\n`);
    client.endInput();
    expect(await client.rest()).toMatch(/250 2\.0\.0 Kept as 1\r\n$/);
    expect(handler.messages).toHaveLength(1);
  });

  it('takes content in chunks, byte for byte', async () => {
    const { client, handler } = await start();
    await client.pipeline(...ENVELOPE);
    client.send('BDAT 9\r\na\r\n.\r\nb\r\nBDAT 3 LAST\r\n\n.\nNOOP\r\n');
    expect(await client.reply()).toBe('250 2.0.0 Ok');
    expect(await client.reply()).toBe('250 2.0.0 Kept as 1');
    expect(await client.reply()).toBe('250 2.0.0 Ok');
    expect(String(handler.messages[0]?.content)).toBe('a\r\n.\r\nb\r\n\n.\n');
  });

  it.each([
    ['before EHLO', ['MAIL FROM:<a@b.test>'], '503 5.5.1'],
    ['RCPT before MAIL', ['EHLO x', 'RCPT TO:<b@gent.test>'], '503 5.5.1'],
    ['DATA without a recipient', ['EHLO x', ENVELOPE[0], 'DATA'], '503 5.5.1'],
    ['MAIL twice', ['EHLO x', ENVELOPE[0], ENVELOPE[0]], '503 5.5.1'],
    ['DATA with an argument', ['EHLO x', ...ENVELOPE, 'DATA now'], '501 5.5.4'],
    ['no such command', ['FLY'], '500 5.5.1'],
    ['AUTH', ['EHLO x', 'AUTH PLAIN AGEAYg=='], '502 5.5.1'],
    ['no name', ['EHLO'], '501 5.5.4'],
    ['a malformed sender', ['EHLO x', 'MAIL FROM:<a b@c.test>'], '501 5.1.7'],
    ['a malformed recipient', ['EHLO x', ENVELOPE[0], 'RCPT TO:<b@>'], '501 5.1.3'],
    ['no recipient', ['EHLO x', ENVELOPE[0], 'RCPT TO:<>'], '501 5.1.3'],
    ['a parameter from elsewhere', ['EHLO x', `${ENVELOPE[0]} RET=FULL`], '555 5.5.4'],
    ['BINARYMIME', ['EHLO x', `${ENVELOPE[0]} BODY=BINARYMIME`], '501 5.5.4'],
    ['a size too large', ['EHLO x', `${ENVELOPE[0]} SIZE=26214401`], '552 5.3.4'],
    ['UTF-8 unannounced', ['EHLO x', 'MAIL FROM:<jürgen@peer.test>'], '553 5.6.7'],
    ['UTF-8 announced', ['EHLO x', 'MAIL FROM:<jürgen@bücher.test> SMTPUTF8'], '250 2.1.0'],
    ['VRFY', ['VRFY b'], '252 2.0.0'],
    ['a line of 2,049 bytes', [`NOOP ${'x'.repeat(2_042)}`], '500 5.5.2'],
    ['a line of 2,048 bytes', [`NOOP ${'x'.repeat(2_041)}`], '250 2.0.0'],
    ['a bare CR', ['NOOP\rNOOP'], '500 5.5.2'],
  ])('answers %s', async (_, lines, answer) => {
    const { port } = await start();
    const client = await SmtpClient.connect(port);
    await client.reply();
    const answers = await client.pipeline(...lines);
    expect(answers.at(-1)).toMatch(answer);
    expect(await client.say('NOOP')).toBe('250 2.0.0 Ok');
  });

  it('reads commands as UTF-8 and nothing else', async () => {
    const { client } = await start();
    client.send(Buffer.from('NOOP \xfc\r\n', 'latin1'));
    expect(await client.reply()).toMatch(/^500 5\.5\.2/);
  });

  it('closes on a browser before its body can be read as commands', async () => {
    const { port, handler } = await start();
    const client = await SmtpClient.connect(port);
    client.send(`POST / HTTP/1.1\r\nHost: x\r\n\r\nEHLO x\r\n${ENVELOPE.join('\r\n')}\r\nDATA\r\n.\r\n`);
    expect(await client.rest()).toMatch(/\r\n421 4\.7\.0 [^\r\n]*\r\n$/);
    expect(handler.messages).toEqual([]);
  });
});

describe('STARTTLS', () => {
  it('encrypts, forgets what was said, and tells the handler', async () => {
    const { client, handler } = await start();
    expect(await client.say('STARTTLS')).toMatch(/^220 2\.0\.0 /);
    expect(await client.encrypt()).toBe('mx.gent.test');
    expect(await client.say(ENVELOPE[0])).toMatch(/^503 5\.5\.1/);
    expect(await client.say('EHLO client.test')).not.toContain('STARTTLS');
    expect(await client.deliver('a@peer.test', 'b@gent.test', 'x\r\n')).toMatch(/^250 /);
    expect(handler.messages[0]?.envelope.client.protocol).toBe('ESMTPS');
    expect(await client.say('STARTTLS')).toMatch(/^503 /);
  });

  it('never reads as commands what was sent along in the clear', async () => {
    const { client, handler } = await start();
    client.send(`STARTTLS\r\nEHLO evil.test\r\n${ENVELOPE.join('\r\n')}\r\nDATA\r\n`);
    expect(await client.reply()).toMatch(/^220 /);
    await client.encrypt();
    expect(await client.say('RCPT TO:<b@gent.test>')).toMatch(/^503 5\.5\.1/);
    expect(handler.messages).toEqual([]);
  });

  it('survives a client that speaks something else', async () => {
    const { client, port } = await start();
    await client.say('STARTTLS');
    client.send('this is no TLS\r\n'.repeat(100));
    await client.closed();
    expect(await (await SmtpClient.ready(port)).say('NOOP')).toBe('250 2.0.0 Ok');
  });
});

describe('pressure', () => {
  it('reads no faster than the handler keeps', async () => {
    const release = Promise.withResolvers<void>();
    let read = 0;
    const slow = new KeepingHandler();
    slow.message = async (_, content) => {
      await release.promise;
      for await (const chunk of content) read += chunk.length;
      return { code: 250, status: '2.0.0', text: 'Ok' };
    };
    const { client } = await start({}, slow);
    await client.pipeline(...ENVELOPE, 'DATA');
    const block = Buffer.alloc(1024 * 1024, 'x');
    let sent = 0;
    const sending = (async () => {
      for (; sent < 20; sent += 1) await client.sent(block);
    })();
    // Long enough for a loopback to carry all of it, were it read.
    for (let turn = 0; turn < 2_000; turn += 1) await setImmediate();
    expect(sent).toBeLessThan(20);
    release.resolve();
    await sending;
    expect(await client.say('\r\n.')).toMatch(/^250 /);
    expect(read).toBe(20 * 1024 * 1024 + 2);
  });

  it('says what the handler says, and 451 when it fails', async () => {
    const handler = new KeepingHandler();
    const { client, failures } = await start({}, handler);
    handler.message = async () => ({ code: 452, status: '4.3.1', text: 'Full' });
    expect(await client.deliver('a@peer.test', 'b@gent.test', 'x\r\n')).toBe('452 4.3.1 Full');
    handler.recipient = async () => Promise.reject(new Error('no view'));
    expect(await client.deliver('a@peer.test', 'b@gent.test', 'x\r\n')).toMatch(/^451 4\.3\.0/);
    expect(failures).toHaveLength(1);
    expect(await client.say('NOOP')).toBe('250 2.0.0 Ok');
  });
});

describe('a message that was sent to its end', () => {
  it.each<[string, (client: SmtpClient, stop: AbortController) => void]>([
    ['its client is gone', (client) => client.reset()],
    ['the server has to stop', (_, stop) => stop.abort()],
  ])('is kept whole, though %s before it is read', async (_, interrupt) => {
    const [begun, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let kept: Promise<unknown> = Promise.resolve();
    class Slow extends KeepingHandler {
      override message(envelope: Envelope<unknown>, content: AsyncIterable<Buffer>) {
        begun.resolve();
        const message = release.promise.then(() => super.message(envelope, content));
        kept = message.catch(() => undefined);
        return message;
      }
    }
    const { client, server, handler } = await start({}, new Slow());
    client.send([...ENVELOPE, 'DATA', 'Subject: x', '', 'Hello', '.', ''].join('\r\n'));
    await begun.promise;
    const stop = new AbortController();
    interrupt(client, stop);
    await server.drain(stop.signal);
    release.resolve();
    await kept;
    expect(handler.messages.map(({ content }) => String(content))).toEqual(['Subject: x\r\n\r\nHello\r\n']);
  });
});

describe('a stop', () => {
  it('tells idle clients, and takes the message that is under way', async () => {
    const { client, server, handler, port } = await start();
    const busy = await SmtpClient.ready(port);
    await busy.pipeline(...ENVELOPE, 'DATA');
    busy.send('half');
    const drained = server.drain(AbortSignal.timeout(5_000));
    expect(await client.rest()).toMatch(/^421 4\.3\.2/);
    expect(await busy.say('\r\n.')).toMatch(/^250 /);
    expect(await busy.rest()).toMatch(/^421 4\.3\.2/);
    await drained;
    expect(handler.messages).toHaveLength(1);
    await expect(SmtpClient.connect(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('puts off whoever does not end in time', async () => {
    const { client, server, handler } = await start();
    await client.pipeline(...ENVELOPE, 'DATA');
    client.send('half');
    await server.drain(AbortSignal.timeout(50));
    expect(await client.rest()).toMatch(/^421 4\.3\.2/);
    expect(handler.messages).toEqual([]);
  });
});

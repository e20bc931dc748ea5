import { describe, expect, it } from '@jest/globals';
import { setImmediate } from 'node:timers/promises';
import { SmtpClient } from '#testing/smtp-client';
import { ENVELOPE, smtpServers } from '#testing/smtp-servers';
import type { Limits } from './limits.js';

const start = smtpServers();
const until = async (condition: () => boolean) => {
  while (!condition()) await setImmediate();
};

describe('limits', () => {
  it('refuses the 101st recipient and keeps the others', async () => {
    const { client, handler } = await start();
    await client.say(ENVELOPE[0]);
    const recipients = Array.from({ length: 102 }, (_, at) => `RCPT TO:<b${at}@gent.test>`);
    const answers = await client.pipeline(...recipients);
    expect(answers.findIndex((answer) => !answer.startsWith('250 '))).toBe(100);
    expect(answers.slice(100)).toEqual([
      expect.stringMatching(/^452 4\.5\.3/),
      expect.stringMatching(/^452 4\.5\.3/),
    ]);
    await client.say('DATA');
    expect(await client.say('x\r\n.')).toMatch(/^250 /);
    expect(handler.messages[0]?.envelope.recipients).toHaveLength(100);
  });

  it('refuses what turns out too large after the dot, and stays in step', async () => {
    const { client, handler } = await start({ messageBytes: 1_000 });
    await client.pipeline(...ENVELOPE, 'DATA');
    client.send(`${'x'.repeat(998)}\r\n`.repeat(500));
    expect(await client.say('.')).toMatch(/^552 5\.3\.4/);
    expect(await client.deliver('a@peer.test', 'b@gent.test', `${'x'.repeat(998)}\r\n`)).toMatch(/^250 /);
    await client.pipeline(...ENVELOPE);
    client.send(`BDAT 2000\r\n${'x'.repeat(2_000)}BDAT 3 LAST\r\nxyz`);
    expect(await client.reply()).toMatch(/^552 5\.3\.4/);
    expect(await client.reply()).toMatch(/^503 5\.5\.1/);
    expect(await client.say('NOOP')).toBe('250 2.0.0 Ok');
    expect(handler.messages).toHaveLength(1);
    expect(handler.given).toHaveLength(2);
  });

  it('breaks a circle: more than 50 Received fields', async () => {
    const { client } = await start();
    const hops = (count: number) => `${'Received: by x\r\n'.repeat(count)}\r\nbody\r\n`;
    expect(await client.deliver('a@peer.test', 'b@gent.test', hops(50))).toMatch(/^250 /);
    expect(await client.deliver('a@peer.test', 'b@gent.test', hops(51))).toMatch(/^554 5\.4\.6/);
  });

  it('hangs up after 20 errors, with all of them answered', async () => {
    const { client } = await start();
    client.send('FLY\r\n'.repeat(25));
    const lines = (await client.rest()).trim().split('\r\n');
    expect(lines).toHaveLength(21);
    expect(lines.at(-1)).toMatch(/^421 4\.7\.0/);
  });

  it('hangs up after too many commands without a message', async () => {
    const { client } = await start({ commands: 10 });
    client.send('NOOP\r\n'.repeat(20));
    const lines = (await client.rest()).trim().split('\r\n');
    expect(lines).toHaveLength(10);
    expect(lines.at(-1)).toMatch(/^421 4\.7\.0/);
  });

  it('takes a message in more chunks than there may be commands, unless they are tiny', async () => {
    const { client, handler } = await start({ commands: 10 });
    await client.pipeline(...ENVELOPE);
    for (let chunk = 0; chunk < 20; chunk += 1)
      expect(await client.say(`BDAT 1024\r\n${'x'.repeat(1_022)}`)).toBe('250 2.0.0 Ok');
    expect(await client.say('BDAT 0 LAST')).toMatch(/^250 /);
    expect(handler.messages[0]?.content.length).toBe(20 * 1_024);
    await client.pipeline(...ENVELOPE);
    client.send('BDAT 1\r\nx'.repeat(20));
    expect(await client.rest()).toMatch(/\r\n421 4\.7\.0 [^\r\n]*\r\n$/);
    expect(handler.messages).toHaveLength(1);
  });

  it('counts the connections of a client, and all', async () => {
    const { port } = await start({ connectionsOfOneClient: 2, connections: 3 });
    const second = await SmtpClient.ready(port);
    const third = await SmtpClient.connect(port);
    expect(await third.rest()).toMatch(/^421 4\.7\.0/);
    await SmtpClient.connect(port, '127.0.0.1', '127.0.0.2').then((other) => other.reply());
    const fourth = await SmtpClient.connect(port, '127.0.0.1', '127.0.0.3');
    expect(await fourth.rest()).toMatch(/^421 4\.3\.2/);
    await second.say('QUIT');
    const isGreeted = async () => (await (await SmtpClient.connect(port)).reply()).startsWith('220 ');
    while (!(await isGreeted()));
  });

  it.each<[string, Partial<Limits>, string, RegExp]>([
    ['is idle', { idleMs: 50 }, '', /^421 4\.4\.2/],
    ['never ends a command', { commandMs: 50 }, 'NOO', /^421 4\.4\.2/],
    ['drags a transaction out', { transactionMs: 50 }, `${ENVELOPE.join('\r\n')}\r\n`, /421 4\.4\.2/],
    [
      'drips its content',
      { bytesPerSecond: 10_000, rateGraceMs: 50 },
      `${ENVELOPE.join('\r\n')}\r\nDATA\r\nx`,
      /354 [^\n]*\n421 4\.4\.2/,
    ],
  ])('hangs up when a client %s', async (_, limits, wire, last) => {
    const { client, handler } = await start(limits);
    client.send(wire);
    expect(await client.rest()).toMatch(last);
    expect(handler.messages).toEqual([]);
  });

  it('forgets the content of a client that went away', async () => {
    const { client, handler } = await start();
    await client.pipeline(...ENVELOPE, 'DATA');
    client.send('half a mess');
    client.destroy();
    await until(() => handler.given.length === 1);
    expect(handler.messages).toEqual([]);
  });
});

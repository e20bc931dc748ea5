import { setImmediate, setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { newFolder } from '#testing/folder';
import { Program } from '#testing/program';
import { SmtpClient } from '#testing/smtp-client';

/** What strangers send to hurt, all of it at once, while others use the program as they always do. */

const DOMAIN = 'hostile.test';
const ADDRESS = `agent@${DOMAIN}`;
/** One second on a machine of its own; here the suite's other files share two cores with it. */
const HEALTHY_MS = 3_000;
const MOST_BYTES = 520 * 2 ** 20;

let program: Program;
let token: string;
const folder = newFolder();
beforeAll(async () => {
  program = await Program.start(folder);
  const owner = await program.signIn();
  await program.must(owner, 'POST', '/v1/domains/', { domain: DOMAIN });
  await program.must(owner, 'POST', `/v1/domains/${DOMAIN}/verify/`);
  const { inbox_id } = await program.must(owner, 'POST', '/v1/inboxes/', { address: ADDRESS });
  const body = { inbox_id, label: 'agent', scopes: ['email:read'] };
  token = (await program.must(owner, 'POST', '/v1/tokens/', body)).raw_token;
}, 60_000);
afterAll(() => program.kill());

const head = (subject: string, more = '') =>
  `From: peer@peer.test\r\nTo: ${ADDRESS}\r\nSubject: ${subject}\r\nMessage-ID: <${subject}@peer.test>\r\n${more}`;

const nested = (levels: number): string => {
  const open = Array.from(
    { length: levels },
    (_, level) => `Content-Type: multipart/mixed; boundary=b${level}\r\n\r\n--b${level}\r\n`,
  );
  return `${head('nested')}${open.join('')}\r\nHello\r\n`;
};
const manyParts = (parts: number) =>
  `${head('parts', 'Content-Type: multipart/mixed; boundary=b\r\n')}\r\n${'--b\r\n\r\nx\r\n'.repeat(parts)}--b--\r\n`;
const bombs: Readonly<Record<string, string>> = {
  lines: `${head('lines')}\r\n${'\r\n'.repeat(12_000_000)}Hello\r\n`,
  text: `${head('text')}\r\n${'Lorem ipsum dolor sit amet, and so on for ever.\r\n'.repeat(480_000)}`,
  nested: nested(10_000),
  parts: manyParts(100_000),
  header: head('header', `X-Long: ${' folded\r\n'.repeat(2_000_000)}`) + '\r\nHello\r\n',
  words: `${head('words')}Subject: ${'=?utf-8?q?=41?= '.repeat(50_000)}\r\n\r\nHello\r\n`,
  html: `${head('html', 'Content-Type: text/html\r\n')}\r\n${'<div>\r\n'.repeat(300_000)}\r\n`,
};

const deliver = async (content: string): Promise<string> => {
  const client = await SmtpClient.ready(program.smtpPort);
  const reply = await client.deliver('peer@peer.test', ADDRESS, content);
  client.destroy();
  return reply;
};

/** A client that says a byte a moment and never comes to an end. */
const dawdle = async (over: AbortSignal) => {
  const client = await SmtpClient.ready(program.smtpPort);
  await client.say('MAIL FROM:<slow@peer.test>');
  await client.say(`RCPT TO:<${ADDRESS}>`);
  await client.say('DATA');
  while (!over.aborted) {
    client.send('x');
    await setTimeout(200);
  }
  client.destroy();
};

it('bombs, slow clients and floods hold up neither health nor mail, and nothing accepted is lost', async () => {
  const over = new AbortController();
  const slow = Promise.allSettled(Array.from({ length: 30 }, () => dawdle(over.signal)));
  let [worst, checks] = [0, 0];
  const health = (async () => {
    while (!over.signal.aborted) {
      const asked = performance.now();
      expect((await program.call(null, 'GET', '/health/live')).status).toBe(200);
      worst = Math.max(worst, performance.now() - asked);
      checks += 1;
      await setImmediate();
    }
  })();

  const hurt = Promise.all(Object.values(bombs).map(deliver));
  const honest: string[] = [];
  while (honest.length < 20) {
    const subject = `honest-${honest.length}`;
    expect(await deliver(`${head(subject)}\r\nHello\r\n`)).toMatch(/^250 /);
    honest.push(subject);
  }
  const replies = await hurt;
  for (const reply of replies) expect(reply).toMatch(/^(250|5\d\d) /);
  const kept = Object.keys(bombs).filter((_, index) => replies[index]?.startsWith('250'));

  const late = AbortSignal.timeout(60_000);
  const wanted = honest.length + kept.length;
  let shown: readonly Readonly<{ rfc_message_id: string; unparsed: string | null }>[] = [];
  while (shown.length < wanted && !late.aborted) {
    shown = (await program.call(token, 'GET', '/v1/messages/?limit=200')).body.results ?? [];
    await setTimeout(100);
  }
  over.abort();
  await Promise.all([health, slow]);
  expect(shown.length).toBe(wanted);
  const unparsed = new Map(shown.map(({ rfc_message_id, unparsed: why }) => [rfc_message_id, why]));
  expect(unparsed.get('<nested@peer.test>')).toBe('too-deep');
  expect(unparsed.get('<parts@peer.test>')).toBe('too-many-parts');
  for (const subject of honest) expect(unparsed.get(`<${subject}@peer.test>`)).toBeNull();
  expect(checks).toBeGreaterThan(10);
  expect(worst).toBeLessThan(HEALTHY_MS);
  expect((await program.memory()).peak).toBeLessThan(MOST_BYTES);
}, 120_000);

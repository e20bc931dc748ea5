import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { DraftAttachment } from '#mail/message/compose';
import { parseMessage } from '#mail/message/parse-message';
import { NOW } from '#testing/context';
import { Composer } from './composer.js';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const key = { domain: 'acme.example', selector: 's1', privateKey };

let composer: Composer;
beforeEach(() => {
  composer = new Composer();
});
afterEach(() => composer.onApplicationShutdown());

const compose = (...attachments: readonly DraftAttachment[]) =>
  composer.compose({
    draft: {
      messageId: '<1@acme.example>',
      date: NOW,
      from: { email: 'agent@acme.example', name: 'Agent' },
      to: [{ email: 'ann@mail.example', name: null }],
      subject: 'Offer',
      text: 'Here it is.\n\n> Send it, please',
      html: null,
      attachments,
    },
    key,
    at: NOW,
  });

it('gives back the signed bytes, and what is shown of the text', async () => {
  const { raw, replyText, snippet } = await compose();
  expect(Buffer.from(raw).toString()).toMatch(/^DKIM-Signature: [^]*d=acme\.example/);
  expect(parseMessage(Buffer.from(raw)).headers.subject).toBe('Offer');
  expect([replyText, snippet]).toEqual(['Here it is.', 'Here it is. > Send it, please']);
});

it('says in plain text what HTML says, and meanwhile the caller goes on', async () => {
  expect(await composer.textOf('<p>Hello <b>Ann</b><br>Bye')).toBe('Hello Ann\nBye');
  let turns = 0;
  const turning = setInterval(() => (turns += 1), 5);
  await composer.textOf('<p>a</p>'.repeat(300_000));
  clearInterval(turning);
  expect(turns).toBeGreaterThan(10);
});

it('says that nothing was sent when its thread is lost, so that it is tried again', async () => {
  await compose();
  const content = new Uint8Array(24 * 1024 * 1024);
  const large = { filename: 'a.bin', contentType: 'application/octet-stream', contentId: null, content };
  const [composing] = await Promise.allSettled([compose(large), composer.onApplicationShutdown()]);
  expect(composing).toMatchObject({ reason: { code: 'store-unavailable', kind: 'unavailable' } });
});

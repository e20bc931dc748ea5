import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newFolder } from '#testing/folder';
import { Program } from '#testing/program';
import { SmtpClient } from '#testing/smtp-client';

/** The acceptance scenarios of the contract that need nothing but the main job, on the real program. */

const DOMAIN = 'recipes.test';
const folder = newFolder();
let program: Program;
let owner: string;
beforeAll(async () => {
  program = await Program.start(folder);
  owner = await program.signIn();
}, 40_000);
afterAll(() => program.kill());

const inbox = async (name: string) =>
  (await program.must(owner, 'POST', '/v1/inboxes/', { address: `${name}@${DOMAIN}` })).inbox_id as string;
const token = async (inbox_id: string, ...scopes: string[]) =>
  program.must(owner, 'POST', '/v1/tokens/', { inbox_id, label: 'agent', scopes });

const deliver = async (to: string, subject: string, more = '', text = 'Hello') => {
  const client = await SmtpClient.ready(program.smtpPort);
  const header = `From: Ann <ann@peer.test>\r\nTo: ${to}\r\nSubject: ${subject}\r\nMessage-ID: <${subject.replaceAll(' ', '.')}@peer.test>\r\n`;
  const reply = await client.deliver('ann@peer.test', to, `${header}${more}\r\n${text}\r\n`);
  client.destroy();
  return reply;
};

/** Until the answer is as wanted: mail is readable a moment after its 250. */
const eventually = async <T>(ask: () => Promise<T>, isThere: (answer: T) => boolean): Promise<T> => {
  for (;;) {
    const answer = await ask();
    if (isThere(answer)) return answer;
    await setTimeout(20);
  }
};
const list = (bearer: string, query = '') => program.must(bearer, 'GET', `/v1/messages/?limit=5${query}`);

describe('the prerequisite', () => {
  it('leads from a domain to a message that is sent and listed', async () => {
    const next = async () => (await program.must(owner, 'GET', '/v1/users/me/')).next_step.action;
    expect(await next()).toBe('add_domain');
    const domain = await program.must(owner, 'POST', '/v1/domains/', { domain: DOMAIN });
    expect(domain.dns_records.map(({ record }: { record: string }) => record).sort()).toEqual(
      ['DKIM', 'DMARC', 'MX', 'SPF', 'gent-verify'].sort(),
    );
    expect(await next()).toBe('verify_domain');
    const early = await program.call(owner, 'POST', '/v1/inboxes/', { address: `early@${DOMAIN}` });
    expect(early).toMatchObject({ status: 409, body: { code: 'domain-not-verified' } });
    const verified = await program.must(owner, 'POST', `/v1/domains/${DOMAIN}/verify/`);
    expect(verified.status).toBe('verified');
    expect(await next()).toBe('create_inbox');
    const inboxId = await inbox('first');
    expect(await next()).toBe('create_token');
    const { raw_token } = await token(inboxId, 'email:read', 'email:send');
    expect(raw_token).toMatch(/^gent_[\w-]{43}$/);
    expect(await next()).toBe('send_message');
    const mail = { to: [{ email: 'bob@elsewhere.test' }], subject: 'Hello', text_body: 'Hi Bob' };
    const sent = await program.must(raw_token, 'POST', '/v1/messages/', mail);
    expect((await list(raw_token)).results).toMatchObject([
      { message_id: sent.message_id, thread_id: sent.thread_id, direction: 'outbound', subject: 'Hello' },
    ]);
    await eventually(
      () => program.must(raw_token, 'GET', `/v1/messages/${sent.message_id}/`),
      ({ status }) => status === 'sent' || status === 'delivered',
    );
    const caught = await fetch(`${program.url}/sandbox/mail`, { headers: { accept: 'application/json' } });
    expect(await caught.text()).toContain('bob@elsewhere.test');
  }, 30_000);
});

describe('a conversation', () => {
  it('arrives, is answered in its thread, and is all in the record', async () => {
    const inboxId = await inbox('talk');
    const { raw_token } = await token(inboxId, 'email:read', 'email:send', 'email:write');
    expect(await deliver(`talk+tag@${DOMAIN}`, 'Question one')).toMatch(/^250 2\.\d\.\d /);
    expect(await deliver(`nobody@${DOMAIN}`, 'Lost')).toMatch(/^550 5\.1\.1/);
    expect(await deliver('ann@foreign.test', 'Relay')).toMatch(/^550 5\.7\.1/);
    const { results } = await eventually(
      () => list(raw_token, '&q=quest'),
      (page) => page.results.length === 1,
    );
    const [received] = results;
    expect(received).toMatchObject({
      subject: 'Question one',
      from: { email: 'ann@peer.test', name: 'Ann' },
    });

    const reply = await program.must(raw_token, 'POST', '/v1/messages/', {
      reply_to_message_id: received.message_id,
      text_body: 'Answer',
    });
    expect(reply.thread_id).toBe(received.thread_id);
    const thread = await program.must(raw_token, 'GET', `/v1/messages/threads/${received.thread_id}/`);
    expect(thread.messages.map(({ subject }: { subject: string }) => subject)).toEqual([
      'Question one',
      'Re: Question one',
    ]);
    const raw = await program.call(raw_token, 'GET', `/v1/messages/${received.message_id}/raw/`);
    expect(raw.body).toMatch(/^Return-Path: <ann@peer\.test>\r\nReceived: /);
    expect(raw.body.endsWith('\r\n\r\nHello\r\n')).toBe(true);

    const audit = await program.must(owner, 'GET', `/v1/audit/?inbox_id=${inboxId}`);
    const actions = audit.results.map(({ action }: { action: string }) => action);
    for (const action of ['inbox.created', 'token.created', 'message.received', 'message.sent'])
      expect(actions).toContain(action);
  }, 30_000);
});

describe('taking over from an agent', () => {
  it('stops it at its next call, shows what it left, and lets it go on', async () => {
    const inboxId = await inbox('agent');
    const { raw_token, token_id } = await token(inboxId, 'email:read', 'email:send');
    await deliver(`agent@${DOMAIN}`, 'Take over');
    await eventually(
      () => list(raw_token),
      (page) => page.results.length === 1,
    );
    const act = (action: string) => program.must(owner, 'PATCH', `/v1/tokens/${token_id}/`, { action });
    const codeOf = async (bearer: string) => (await program.call(bearer, 'GET', '/v1/messages/')).body.code;

    expect((await act('pause')).status).toBe('paused');
    expect(await codeOf(raw_token)).toBe('token-paused');
    const handoff = await program.must(owner, 'GET', `/v1/inboxes/${inboxId}/handoff/`);
    expect(handoff.paused_tokens).toMatchObject([{ token_id }]);
    expect(handoff.open_threads).toMatchObject([{ subject: 'Take over', last_direction: 'inbound' }]);

    const [{ message_id }] = (await program.must(owner, 'GET', `/v1/messages/?inbox_id=${inboxId}`)).results;
    const human = { inbox_id: inboxId, reply_to_message_id: message_id, text_body: 'A human answers' };
    await program.must(owner, 'POST', '/v1/messages/', human);

    await act('resume');
    expect(await codeOf(raw_token)).toBeUndefined();
    const rotated = await act('rotate');
    expect([await codeOf(raw_token), await codeOf(rotated.raw_token)]).toEqual(['token-invalid', undefined]);
    expect((await program.call(owner, 'DELETE', `/v1/tokens/${token_id}/`)).status).toBe(204);
    expect(await codeOf(rotated.raw_token)).toBe('token-invalid');
  }, 30_000);
});

describe('closing an inbox', () => {
  it('refuses its mail and its agents until it is restored', async () => {
    const inboxId = await inbox('closing');
    const { raw_token } = await token(inboxId, 'email:read');
    expect(await program.call(owner, 'DELETE', `/v1/inboxes/${inboxId}/`)).toMatchObject({
      status: 202,
      body: { status: 'closing' },
    });
    expect(await deliver(`closing@${DOMAIN}`, 'Too late')).toMatch(/^550 5\.2\.1/);
    expect((await program.call(raw_token, 'GET', '/v1/messages/')).body.code).toBe('token-invalid');
    const restored = await program.must(owner, 'POST', `/v1/inboxes/${inboxId}/restore/`);
    expect(restored.status).toBe('active');
    expect((await program.call(raw_token, 'GET', '/v1/messages/')).status).toBe(200);
    expect(await deliver(`closing@${DOMAIN}`, 'In time')).toMatch(/^250/);
  }, 30_000);
});

it('survives a kill and a stop with everything that it had said', async () => {
  const inboxId = await inbox('durable');
  const { raw_token } = await token(inboxId, 'email:read');
  await deliver(`durable@${DOMAIN}`, 'Kept');
  await program.kill();
  program = await Program.start(folder);
  const { results } = await eventually(
    () => list(raw_token),
    (page) => page.results.length === 1,
  );
  expect(results).toMatchObject([{ subject: 'Kept' }]);
  expect(await program.stop()).toBe(0);
  program = await Program.start(folder);
  expect((await list(raw_token)).results).toEqual(results);
  expect(program.said()).not.toContain(raw_token);
}, 60_000);

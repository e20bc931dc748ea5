import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Recorded } from '#kernel/messages';
import { Codec } from '#platform/event-sourcing/codec';
import { EventSourcingModule } from '#platform/event-sourcing/module';
import { Clock } from '#platform/clock/clock';
import { InboxDirectory, TokenCredentials } from '#platform/http/credentials';
import { Announcer } from '#platform/process/announcer';
import { perform } from '#platform/ops/perform';
import { OpsRegistry } from '#platform/ops/registry';
import { Reservations } from '#platform/reservations/reservations';
import { contextOf, MovableClock } from '#testing/context';
import { FixedCredentials, FixedInboxes } from '#testing/fixed-credentials';
import { InMemoryApp } from '#testing/in-memory-app';
import { deliveryEvents } from '../delivery/events.js';
import { domainEvents } from '../domains/events.js';
import { domains } from '../domains/read-model.js';
import { inboxEvents } from '../inboxes/events.js';
import { inboxes } from '../inboxes/read-model.js';
import { messageEvents, threadEvents } from '../mailbox/events.js';
import { messages } from '../mailbox/read-model.js';
import { tokenEvents } from '../tokens/events.js';
import { tokens } from '../tokens/read-model.js';
import { emailName } from './authentication.js';
import { Passwords } from './passwords.js';
import { AccountsModule } from './module.js';
import { Sessions } from './sessions.js';

const owner = { email: 'Owner@Example.com', password: 'correct horse' };
const login = { email: 'owner@example.com', password: owner.password };
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** Of the features that the set-up leads through: their views, without what they do. */
const others = EventSourcingModule.forFeature({
  catalogs: [domainEvents, inboxEvents, tokenEvents, messageEvents, threadEvents, deliveryEvents],
  projections: [domains, inboxes, tokens, messages],
});

let app: InMemoryApp;
let clock: MovableClock;
let announced: string[];
const start = (config: object = { owner }) => {
  clock = new MovableClock();
  announced = [];
  const ports = [
    { provide: Clock, useValue: clock },
    { provide: Announcer, useValue: { say: (line: string) => announced.push(line) } },
    { provide: TokenCredentials, useClass: FixedCredentials },
    { provide: InboxDirectory, useClass: FixedInboxes },
  ];
  return InMemoryApp.start({ features: [AccountsModule, others], realCredentials: true, config, ports });
};
const post = (path: string, body?: object, bearer: string | null = null) =>
  app.call(bearer, 'POST', `/auth/${path}/`, body);
const signIn = async () => (await post('login', login)).body;
const change = (next: string, bearer: string) =>
  post('change-password', { current_password: owner.password, new_password: next }, bearer);
const me = (bearer: string) => app.call(bearer, 'GET', '/users/me/');
const statusOf = async (bearer: string) => {
  const { status, body } = await me(bearer);
  return status === 200 ? 'signed in' : body.code;
};
const eventsOf = (category: string) =>
  app.store.log
    .filter(({ stream }) => stream.startsWith(`${category}-`))
    .map(({ type, data }) => [type, data]);

/** Where the last event says that its caller was. */
const whence = async () => {
  const decoded = await app.get(Codec).decode(app.store.log.at(-1) as Recorded, { reveal: true, ip: true });
  return decoded.metadata.ip;
};

beforeEach(async () => {
  app = await start();
});
afterEach(() => app.stop());

describe('the first boot', () => {
  it('creates the tenant, every plan gate open, and its owner, once', async () => {
    app = await app.restarted();
    expect(eventsOf('tenant')).toMatchObject([['TenantCreated', { plan: 'scale', governanceTier: 'team' }]]);
    expect(eventsOf('user')).toMatchObject([['UserCreated', { role: 'owner', confirmed: true }]]);
    expect((await post('login', login)).status).toBe(200);
  });

  it('goes on where it was cut short', async () => {
    const whole = app.store.log.length;
    for (let kept = 0; kept <= whole; kept += 1) {
      app.store.log.splice(kept);
      await app.vault.records.put('accounts/first-boot', await unfinished());
      app = await app.restarted();
      expect(eventsOf('tenant')).toHaveLength(1);
      expect(eventsOf('user')).toHaveLength(1);
      expect((await post('login', login)).status).toBe(200);
    }
  });

  it('prints a password once where none was given, and refuses that in production', async () => {
    await app.stop();
    app = await start({});
    app = await app.restarted();
    expect(announced).toHaveLength(1);
    const [, email, , password] = announced.join().split(' ');
    expect((await post('login', { email, password })).status).toBe(200);
    await expect(start({ production: true })).rejects.toThrow(/GENT_OWNER_EMAIL/);
  });

  const unfinished = async () => {
    const record = await app.vault.records.get('accounts/first-boot');
    const plan = JSON.parse(Buffer.from(record?.value ?? []).toString());
    return Buffer.from(JSON.stringify({ ...plan, isDone: false }));
  };
});

describe('signing in', () => {
  it('gives a pair of tokens, and tells the audit', async () => {
    const { access_token } = await signIn();
    expect(await statusOf(access_token)).toBe('signed in');
    expect(eventsOf('session').map(([type]) => type)).toEqual(['UserSignedIn']);
    expect(await whence()).toMatch(/127\.0\.0\.1$/);
  });

  it('tells who one is, and what to do next', async () => {
    const { access_token } = await signIn();
    expect((await me(access_token)).body).toEqual({
      user_id: expect.stringMatching(/^usr_/),
      email: owner.email,
      role: 'owner',
      tenant: { id: expect.stringMatching(/^ten_/), name: 'Gent', plan: 'scale', governance_tier: 'team' },
      mfa_enabled: false,
      next_step: {
        action: 'add_domain',
        method: 'POST',
        path: '/v1/domains/',
        description: expect.any(String),
      },
    });
    expect((await app.call('acme', 'GET', '/users/me/')).body.code).toBe('session-invalid');
  });

  it('answers an unknown address and a wrong password alike, and records neither', async () => {
    const before = app.store.log.length;
    const wrong = await post('login', { ...login, password: 'wrong horse' });
    const unknown = await post('login', { ...login, email: 'nobody@example.com' });
    expect([wrong.status, wrong.body.code]).toEqual([401, 'credentials-invalid']);
    expect({ ...unknown.body, request_id: '' }).toEqual({ ...wrong.body, request_id: '' });
    expect(app.store.log).toHaveLength(before);
  });

  it('works as hard for an unknown address', async () => {
    const passwords = app.get(Passwords);
    const timed = async (userId: string | null) => {
      const began = performance.now();
      for (let round = 0; round < 4; round += 1) await passwords.verify(userId, 'wrong horse');
      return performance.now() - began;
    };
    const userId = app.store.log.find(({ type }) => type === 'UserCreated')?.stream.slice(5) ?? '';
    await timed(null);
    expect(await timed(null)).toBeGreaterThan((await timed(userId)) / 3);
  });

  it('waits for the address to be confirmed, which only the right password learns', async () => {
    const userId = `usr_${'0'.repeat(26)}`;
    const data = { userId, email: 'new@example.com', role: 'member', confirmed: false };
    await app.get(Reservations).reserve(emailName(data.email), `user-${userId}`, contextOf());
    await app.given(`user-${userId}`, { type: 'UserCreated', data });
    await app.get(Passwords).set(userId, 'long enough');
    await app.settled();
    const attempt = (password: string) => post('login', { email: data.email, password });
    expect((await attempt('long enough')).body.code).toBe('email-not-confirmed');
    expect((await attempt('not this one')).body.code).toBe('credentials-invalid');
  });

  it('leaves neither a password nor a token nor an address in the log', async () => {
    const { access_token, refresh_token } = await signIn();
    const log = JSON.stringify(app.store.log.map(({ stream, data, metadata }) => [stream, data, metadata]));
    for (const secret of [owner.password, access_token, refresh_token, /owner@example/i, /argon2/])
      expect(log).not.toMatch(secret);
  });

  it('refuses what is no request for it', async () => {
    const { status, body } = await post('login', { email: 'x@example.com', password: 7 });
    expect([status, body.code, body.errors[0].field]).toEqual([400, 'validation-failed', 'password']);
  });
});

describe('the operator', () => {
  const gent = async (...words: string[]) => {
    const lines: string[] = [];
    const print = async (line: string) => void lines.push(line);
    const status = await perform(app.get(OpsRegistry), words, print, new AbortController().signal);
    return { status, out: lines.join('\n') };
  };

  it('sets plan and tier, in force at once', async () => {
    const { access_token } = await signIn();
    const tenant = async () => (await me(access_token)).body.tenant;
    expect((await gent('tenant', 'set', '--plan', 'builder', '--tier', 'none')).status).toBe(0);
    expect(await tenant()).toMatchObject({ plan: 'builder', governance_tier: 'none' });
    await gent('tenant', 'set', '--pro-controls');
    expect(await tenant()).toMatchObject({ plan: 'builder', governance_tier: 'full' });
    await gent('tenant', 'set', '--no-pro-controls', '--plan', 'startup');
    expect(await tenant()).toMatchObject({ plan: 'startup', governance_tier: 'token_controls' });
    await gent('tenant', 'set', '--plan', 'scale', '--tier', 'team');
    await gent('tenant', 'set', '--pro-controls');
    expect(await tenant()).toMatchObject({ plan: 'scale', governance_tier: 'team' });
    expect((await gent('tenant', 'list')).out).toMatch(
      /^ten_\S+ {2}Gent {2}plan scale, tier team, pro controls$/,
    );
    expect((await gent('tenant', 'set', '--plan', 'gold')).status).toBe(64);
    expect((await gent('tenant', 'set')).status).toBe(64);
    expect((await gent('tenant', 'set', '--plan', 'scale', '--tenant', 'ten_none')).status).toBe(1);
  });

  it('must name the tenant where there are several', async () => {
    const data = { tenantId: 'ten_2', name: 'B', region: 'us', plan: 'builder', governanceTier: 'none' };
    const created = { type: 'TenantCreated', data: { ...data, proControls: false } };
    await app.given('tenant-ten_2', created, { tenantId: 'ten_2' });
    await app.settled();
    expect((await gent('tenant', 'set', '--plan', 'scale')).status).toBe(1);
    expect((await gent('tenant', 'set', '--plan', 'scale', '--tenant', 'ten_2')).status).toBe(0);
  });

  it('is given a session of the owner, which the audit tells from a sign-in', async () => {
    const { out } = await gent('session');
    expect(await statusOf(out)).toBe('signed in');
    clock.pass(15 * MINUTE);
    expect(await statusOf(out)).toBe('session-invalid');
    expect(app.store.log.at(-1)).toMatchObject({
      type: 'UserSignedIn',
      metadata: { actor: { type: 'system', id: 'operator' } },
    });
  });
});

describe('a session', () => {
  it('is refused 15 minutes later, and goes on with a refreshed pair for 30 days', async () => {
    const first = await signIn();
    clock.pass(15 * MINUTE);
    expect(await statusOf(first.access_token)).toBe('session-invalid');
    const { status, body: second } = await post('refresh', { refresh_token: first.refresh_token });
    expect([status, await statusOf(second.access_token)]).toEqual([200, 'signed in']);
    clock.pass(30 * DAY);
    expect((await post('refresh', { refresh_token: second.refresh_token })).status).toBe(401);
  });

  it('keeps what it was given before a refresh good for its time', async () => {
    const first = await signIn();
    await post('refresh', { refresh_token: first.refresh_token });
    expect(await statusOf(first.access_token)).toBe('signed in');
  });

  it('ends with all its tokens when a refresh token comes a second time', async () => {
    const other = await signIn();
    const first = await signIn();
    const { body: second } = await post('refresh', { refresh_token: first.refresh_token });
    expect((await post('refresh', { refresh_token: first.refresh_token })).body.code).toBe('session-invalid');
    expect(await statusOf(second.access_token)).toBe('session-invalid');
    expect((await post('refresh', { refresh_token: second.refresh_token })).status).toBe(401);
    expect(await statusOf(other.access_token)).toBe('signed in');
    expect(eventsOf('session').at(-1)).toMatchObject(['UserSignedOut', { reason: 'refresh-token-reused' }]);
    expect(await whence()).toMatch(/127\.0\.0\.1$/);
  });

  it('ends when one refresh token is used twice at once', async () => {
    const { refresh_token } = await signIn();
    const refresh = () => app.get(Sessions).refresh(refresh_token);
    const answers = await Promise.all([refresh(), refresh()]);
    const pairs = answers.flatMap((answer) => ('reused' in answer ? [] : [answer.access_token]));
    expect(pairs).toHaveLength(1);
    expect(await statusOf(pairs.join())).toBe('session-invalid');
  });

  it('is over with both its tokens after signing out, and no other one is', async () => {
    const [mine, other] = [await signIn(), await signIn()];
    expect((await post('logout', undefined, mine.access_token)).status).toBe(204);
    expect(await statusOf(mine.access_token)).toBe('session-invalid');
    expect((await post('refresh', { refresh_token: mine.refresh_token })).body.code).toBe('session-invalid');
    expect(await statusOf(other.access_token)).toBe('signed in');
    expect(eventsOf('session').at(-1)).toMatchObject(['UserSignedOut', { reason: 'signed-out' }]);
  });

  it('is told by its token, however many spaces stand before that', async () => {
    const [mine, other] = [await signIn(), await signIn()];
    const spaced = (path: string, body?: object) =>
      app.call(null, 'POST', `/auth/${path}/`, body, { authorization: `bearer   ${mine.access_token}` });
    const next = { current_password: owner.password, new_password: 'battery staple' };
    expect((await spaced('change-password', next)).status).toBe(204);
    expect(await statusOf(other.access_token)).toBe('session-invalid');
    expect(await statusOf(mine.access_token)).toBe('signed in');
    expect((await spaced('logout')).status).toBe(204);
    expect(await statusOf(mine.access_token)).toBe('session-invalid');
  });

  it('is no session without its exact token', async () => {
    const { access_token, refresh_token } = await signIn();
    const forged = `${access_token.slice(0, -1)}${access_token.endsWith('A') ? 'B' : 'A'}`;
    for (const bearer of [forged, refresh_token, 'gsa_', `gsa_${'x'.repeat(5_000)}`, 'nonsense'])
      expect(await statusOf(bearer)).toBe('session-invalid');
    expect((await post('logout')).body.code).toBe('credential-missing');
  });

  it('ends with all others of its user when it changes the password, but goes on itself', async () => {
    const [mine, other] = [await signIn(), await signIn()];
    const wrong = { current_password: 'wrong horse', new_password: 'battery staple' };
    const { status, body } = await post('change-password', wrong, mine.access_token);
    expect([status, body.errors[0].field]).toEqual([400, 'current_password']);
    expect((await change('short', mine.access_token)).body.errors[0].field).toBe('new_password');

    expect((await change('battery staple', mine.access_token)).status).toBe(204);
    expect(await statusOf(mine.access_token)).toBe('signed in');
    expect(await statusOf(other.access_token)).toBe('session-invalid');
    expect((await post('login', login)).status).toBe(401);
    expect((await post('login', { ...login, password: 'battery staple' })).status).toBe(200);
  });
});

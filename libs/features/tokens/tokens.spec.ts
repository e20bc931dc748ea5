import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NOW } from '#testing/context';
import { recorded } from '#testing/recorded';
import { specify, specifyProjection } from '#testing/specify';
import type { InboxView } from '../inboxes/read-model.js';
import { CreateToken, PauseToken, ResumeToken, RevokeToken, RotateToken } from './commands.js';
import { token } from './decider.js';
import type { TokenCreated, TokenEvent } from './events.js';
import { objectionTo } from './judge.js';
import { digestOf, isRawToken, newRawToken } from './raw-token.js';
import { tokens, type TokenView } from './read-model.js';
import { effective, isForAdmins, isGateable, SCOPES } from './scopes.js';

const tokenId = 'tok_1';
const LATER = '2026-01-01T00:01:00.000Z';
const details = {
  tokenId,
  inboxId: 'inb_acme',
  label: 'Support',
  scopes: ['email:read'],
  requiresApproval: [],
  expiresAt: null,
  digest: 'first',
  prefix: 'gent_abcd',
};
const created: TokenCreated = { type: 'TokenCreated', data: details };
const mortal: TokenCreated = { type: 'TokenCreated', data: { ...details, expiresAt: LATER } };
const paused: TokenEvent = { type: 'TokenPaused', data: { tokenId } };
const resumed: TokenEvent = { type: 'TokenResumed', data: { tokenId } };
const revoked: TokenEvent = { type: 'TokenRevoked', data: { tokenId } };
const rotated = (digest: string, graceUntil: string | null = null): TokenEvent => ({
  type: 'TokenRotated',
  data: { tokenId, digest, prefix: 'gent_efgh', graceUntil },
});

describe('a token', () => {
  const { given } = specify(token);
  const at = (now: string) => ({ tokenId, now });
  const rotate = (now = NOW) =>
    new RotateToken({ ...at(now), digest: 'second', prefix: 'gent_efgh', graceUntil: null });

  it('is created once', () => {
    given().when(new CreateToken(details)).then(created);
    given(created).when(new CreateToken(details)).thenRefused('token-exists');
  });

  it('is paused and resumed, and neither twice', () => {
    given(created)
      .when(new PauseToken(at(NOW)))
      .then(paused);
    given(created, paused)
      .when(new PauseToken(at(NOW)))
      .thenNothing();
    given(created, paused)
      .when(new ResumeToken(at(NOW)))
      .then(resumed);
    given(created)
      .when(new ResumeToken(at(NOW)))
      .thenNothing();
  });

  it('is given another value, paused or not', () => {
    given(created).when(rotate()).then(rotated('second'));
    given(created, paused).when(rotate()).then(rotated('second'));
  });

  it('is over for good once it is revoked', () => {
    given(created).when(new RevokeToken({ tokenId })).then(revoked);
    given(created, revoked).when(new RevokeToken({ tokenId })).thenNothing();
    for (const command of [rotate(), new PauseToken(at(NOW)), new ResumeToken(at(NOW))])
      given(created, revoked).when(command).thenRefused('token-not-active');
  });

  it('is over at the very moment when it expires', () => {
    given(mortal)
      .when(new PauseToken(at(NOW)))
      .then(paused);
    for (const command of [rotate(LATER), new PauseToken(at(LATER)), new ResumeToken(at(LATER))])
      given(mortal).when(command).thenRefused('token-not-active');
  });

  it('is nothing before it is created', () => {
    for (const command of [rotate(), new PauseToken(at(NOW)), new RevokeToken({ tokenId })])
      given().when(command).thenRefused('not-found');
  });
});

describe('a value of a token', () => {
  const open = { status: 'active', agentAccess: true } as InboxView;
  const view = (...history: readonly TokenEvent[]) =>
    history.reduce<TokenView | null>(
      (before, event, index) =>
        tokens.on[event.type](before, recorded(event, BigInt(index)) as never, tokenId),
      null,
    );
  const codeOf = (history: readonly TokenEvent[], digest = 'first', now = NOW, inbox = open) =>
    objectionTo(view(...history), inbox, { digest, now })?.code ?? 'accepted';

  it('is accepted while its token is active, and looks unknown once that is over', () => {
    expect(codeOf([created])).toBe('accepted');
    expect(codeOf([created, paused])).toBe('token-paused');
    expect(codeOf([created, paused, resumed])).toBe('accepted');
    expect(codeOf([created, revoked])).toBe('token-invalid');
    expect(codeOf([created, paused, revoked])).toBe('token-invalid');
    expect(codeOf([mortal], 'first', LATER)).toBe('token-invalid');
    expect(codeOf([mortal, paused], 'first', LATER)).toBe('token-invalid');
    expect(codeOf([created], 'other')).toBe('token-invalid');
    expect(codeOf([])).toBe('token-invalid');
  });

  it('dies when it is replaced, or when its grace is over', () => {
    expect(codeOf([created, rotated('second')])).toBe('token-invalid');
    expect(codeOf([created, rotated('second')], 'second')).toBe('accepted');
    const gracious = [created, rotated('second', LATER)];
    expect(codeOf(gracious)).toBe('accepted');
    expect(codeOf(gracious, 'first', LATER)).toBe('token-invalid');
    expect(codeOf([...gracious, rotated('third', LATER)])).toBe('accepted');
    expect(codeOf([...gracious, rotated('third')])).toBe('token-invalid');
    expect(codeOf([...gracious, rotated('third')], 'second')).toBe('token-invalid');
    expect(codeOf([...gracious, paused])).toBe('token-paused');
  });

  it('goes by its inbox as well', () => {
    const inbox = (status: InboxView['status'], agentAccess: boolean) =>
      ({ status, agentAccess }) as InboxView;
    const of = (...state: Parameters<typeof inbox>) => codeOf([created], 'first', NOW, inbox(...state));
    expect(of('suspended', true)).toBe('accepted');
    expect(of('suspended', false)).toBe('inbox-deactivated');
    expect(of('closing', true)).toBe('token-invalid');
    expect(of('closing', false)).toBe('token-invalid');
    expect(of('purged', false)).toBe('token-invalid');
    expect(codeOf([created, paused], 'first', NOW, inbox('suspended', false))).toBe('inbox-deactivated');
  });

  it('is a long random word', () => {
    const raw = newRawToken();
    expect(raw).toMatch(/^gent_[A-Za-z0-9_-]{43}$/);
    expect([isRawToken(raw), isRawToken(`${raw}x`), isRawToken('gent_')]).toEqual([true, false, false]);
    expect(digestOf(raw)).not.toContain(raw.slice(5));
  });

  it('is seen in the list of tokens by its digest only', () => {
    const { given } = specifyProjection(tokens);
    const { digest: _, ...rest } = details;
    given(created, rotated('second', LATER), paused).then({
      ...rest,
      status: 'paused',
      createdAt: NOW,
      prefix: 'gent_efgh',
      digest: 'second',
      earlier: [{ digest: 'first', until: LATER }],
      revision: '2',
    });
  });
});

describe('the scopes', () => {
  const atomic = SCOPES.filter(({ kind }) => kind !== 'composite');
  const includesOf = (name: string) => SCOPES.find(({ scope }) => scope === name)?.includes ?? [];

  it('are 33 and three composites', () => {
    expect(atomic).toHaveLength(33);
    expect(new Set(SCOPES.map(({ scope }) => scope)).size).toBe(36);
    expect(SCOPES.filter(({ admin }) => admin).map(({ scope }) => scope)).toEqual([
      'approvals:write',
      'billing:write',
      'audit:read',
    ]);
  });

  it('can be held for approval if they change something', () => {
    for (const { scope, kind } of SCOPES)
      expect([scope, isGateable(scope)]).toEqual([
        scope,
        ['send', 'write', 'delete'].includes(kind) && scope !== 'approvals:write',
      ]);
  });

  it('are covered by composites as far as nobody must be an admin to grant them', () => {
    expect(includesOf('read').every((scope) => scope.endsWith(':read'))).toBe(true);
    expect(includesOf('read')).toEqual(expect.arrayContaining(['email:read', 'billing:read', 'stats:read']));
    expect(includesOf('write')).toEqual(includesOf('full'));
    expect(includesOf('full')).toEqual(
      expect.arrayContaining([...includesOf('read'), 'email:send', 'task:write']),
    );
    for (const scope of includesOf('full')) expect(isForAdmins(scope)).toBe(false);
    expect(includesOf('full')).not.toContain('approvals:read');
  });

  it('take effect as what was granted and nothing else, however it was put', () => {
    const names = SCOPES.map(({ scope }) => scope);
    fc.assert(
      fc.property(fc.subarray(names), (granted) => {
        const held = effective(granted);
        expect(held.every((scope) => atomic.some((each) => each.scope === scope))).toBe(true);
        for (const scope of granted)
          expect(held).toEqual(
            expect.arrayContaining([...(includesOf(scope).length ? includesOf(scope) : [scope])]),
          );
        for (const scope of held)
          expect(granted.some((each) => each === scope || includesOf(each).includes(scope))).toBe(true);
        expect(effective(held)).toEqual(held);
        expect(effective([...granted].reverse())).toEqual(held);
      }),
    );
  });
});

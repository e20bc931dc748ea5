import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fold } from '#kernel/decider';
import { recorded } from '#testing/recorded';
import { specify, specifyProjection } from '#testing/specify';
import { NOW } from '#testing/context';
import { newAddress } from './address.js';
import {
  ChangeInbox,
  ChangeInboxConfig,
  CloseInbox,
  INBOX_ACTIONS,
  PurgeInbox,
  RegisterInbox,
  ReopenInbox,
  type InboxAction,
  type InboxCommand,
} from './commands.js';
import { DEFAULT_CONFIG, inbox } from './decider.js';
import type { InboxConfig, InboxCreated, InboxEvent } from './events.js';
import { inboxAddresses, inboxes } from './read-model.js';
import { matching } from './search.js';

const inboxId = 'inb_1';
const address = 'bot@agents.example.com';
const at = { inboxId, address };
const details = { ...at, domain: 'agents.example.com', displayName: 'Bot', ownerUserId: 'usr_1' };
const created: InboxCreated = { type: 'InboxCreated', data: details };
const suspended: InboxEvent = { type: 'InboxSuspended', data: at };
const deactivated: InboxEvent = { type: 'InboxDeactivated', data: at };
const purgeAt = '2026-01-31T00:00:00.000Z';
const closing: InboxEvent = { type: 'InboxClosing', data: { ...at, closingAt: NOW, purgeAt } };
const purged: InboxEvent = { type: 'InboxPurged', data: at };

const act = (action: InboxAction) => new ChangeInbox({ inboxId, changes: { action } });
const close = new CloseInbox({ inboxId, now: NOW });
const purge = new PurgeInbox({ inboxId, purgeAt });
const reopen = (isDomainVerified = true) => new ReopenInbox({ inboxId, isDomainVerified });
const { given } = specify(inbox);

describe('an inbox', () => {
  it('is created once', () => {
    given().when(new RegisterInbox(details)).then(created);
    given(created).when(new RegisterInbox(details)).thenRefused('inbox-exists');
  });

  it('is suspended and resumed, and neither twice', () => {
    given(created).when(act('suspend')).then(suspended);
    given(created, suspended).when(act('suspend')).thenNothing();
    given(created, suspended).when(act('resume')).then({ type: 'InboxResumed', data: at });
    given(created).when(act('resume')).thenNothing();
  });

  it('is deactivated until it is reactivated, and then what it was before', () => {
    given(created).when(act('deactivate')).then(deactivated);
    given(created, deactivated).when(act('deactivate')).thenNothing();
    given(created, deactivated).when(act('suspend')).thenNothing();
    given(created, deactivated).when(act('resume')).thenRefused('inbox-deactivated');
    given(created, suspended).when(act('reactivate')).thenNothing();
    const reactivated = (status: 'active' | 'suspended'): InboxEvent => ({
      type: 'InboxReactivated',
      data: { ...at, status },
    });
    given(created, deactivated).when(act('reactivate')).then(reactivated('active'));
    given(created, suspended, deactivated).when(act('reactivate')).then(reactivated('suspended'));
  });

  it('changes several things in one call, and records what changed', () => {
    const changes = { displayName: 'Robot', ownerUserId: 'usr_1', action: 'suspend' } as const;
    given(created)
      .when(new ChangeInbox({ inboxId, changes }))
      .then({ type: 'InboxRenamed', data: { inboxId, displayName: 'Robot' } }, suspended);
    given().when(new ChangeInbox({ inboxId, changes })).thenRefused('not-found');
  });

  it('is closed for 30 x 24 hours, in which it changes in no other way', () => {
    given(created).when(close).then(closing);
    given(created, closing).when(close).thenNothing();
    given(created, closing).when(act('suspend')).thenRefused('inbox-closing');
    given(created, closing)
      .when(new ChangeInboxConfig({ inboxId, changes: { signature: 'x' } }))
      .thenRefused('inbox-closing');
  });

  it('is restored as it was, unless its domain is gone', () => {
    const restored = (status: 'active' | 'suspended', agentAccess: boolean): InboxEvent => ({
      type: 'InboxRestored',
      data: { ...at, status, agentAccess },
    });
    given(created, closing).when(reopen()).then(restored('active', true));
    given(created, deactivated, closing).when(reopen()).then(restored('suspended', false));
    given(created, closing).when(reopen(false)).thenRefused('domain-not-verified');
    given(created).when(reopen()).thenRefused('inbox-not-closing');
  });

  it('is purged by the timer of its last closing only, and that is the end', () => {
    const restored: InboxEvent = {
      type: 'InboxRestored',
      data: { ...at, status: 'active', agentAccess: true },
    };
    given(created, closing).when(purge).then(purged);
    given(created, closing, restored).when(purge).thenNothing();
    given(created, closing, purged).when(purge).thenNothing();
    const later: InboxEvent = { ...closing, data: { ...closing.data, purgeAt: '2026-02-01T00:00:00.000Z' } };
    given(created, closing, restored, later).when(purge).thenNothing();
    given(created, closing, purged).when(close).thenRefused('inbox-purged');
    given(created, closing, purged).when(act('resume')).thenRefused('inbox-purged');
    given(created, closing, purged).when(reopen()).thenRefused('inbox-not-closing');
  });

  it('shows in its views what its decider holds, whatever happens to it', () => {
    const command = fc.oneof(
      fc.constantFrom(...INBOX_ACTIONS).map(act),
      fc.constantFrom(close, purge, reopen(), reopen(false)),
    );
    fc.assert(
      fc.property(fc.array(command, { maxLength: 20 }), (commands) => {
        const history: InboxEvent[] = [created];
        for (const each of commands) {
          try {
            history.push(...decided(each, history));
          } catch {
            // Refused: nothing happened.
          }
        }
        const { phase, open } = fold(inbox, history);
        const view = foldView(history);
        expect(view?.status).toBe(phase === 'open' ? open.status : phase);
        if (phase === 'open') expect(view?.agentAccess).toBe(open.agentAccess);
      }),
    );
  });

  const decided = (command: InboxCommand, history: readonly InboxEvent[]) => {
    const rule = inbox.decide[command.type] as (data: object, state: object) => InboxEvent | InboxEvent[];
    return [rule(command.data, fold(inbox, history))].flat();
  };
  const foldView = (history: readonly InboxEvent[]) =>
    history.reduce<ReturnType<(typeof inboxes.on)['InboxCreated']>>(
      (view, event, index) => inboxes.on[event.type](view, recorded(event, BigInt(index)) as never, inboxId),
      null,
    );
});

describe('the settings of an inbox', () => {
  const config = (changes: Partial<InboxConfig> = {}): InboxEvent => ({
    type: 'InboxConfigChanged',
    data: { inboxId, ...DEFAULT_CONFIG, ...changes },
  });
  const change = (changes: ChangeInboxConfig['data']['changes']) =>
    new ChangeInboxConfig({ inboxId, changes });
  const hook = { url: 'https://example.com/', events: ['message.received'] };

  it('change one by one, and only when they change', () => {
    given(created)
      .when(change({ signature: 'Bot' }))
      .then(config({ signature: 'Bot' }));
    given(created, config({ signature: 'Bot' }))
      .when(change({ signature: 'Bot' }))
      .thenNothing();
    given(created, config({ signature: 'Bot' }))
      .when(change({ missedReplyThresholdDays: 3 }))
      .then(config({ signature: 'Bot', missedReplyThresholdDays: 3 }));
    given()
      .when(change({ signature: 'Bot' }))
      .thenRefused('not-found');
  });

  it('keep the secret of a webhook unless it is cleared or replaced', () => {
    const webhook = { ...hook, secretId: 'sec_1' };
    given(created)
      .when(change({ webhook: hook }))
      .then(config({ webhook: { ...hook, secretId: null } }));
    given(created, config({ webhook }))
      .when(change({ webhook: hook }))
      .thenNothing();
    given(created, config({ webhook }))
      .when(change({ webhook: { ...hook, secretId: null } }))
      .then(config({ webhook: { ...hook, secretId: null } }));
    given(created, config({ webhook }))
      .when(change({ webhook: { ...hook, secretId: 'sec_2' } }))
      .then(config({ webhook: { ...hook, secretId: 'sec_2' } }));
    given(created, config({ webhook }))
      .when(change({ webhook: null }))
      .then(config());
  });
});

describe('an address', () => {
  it('is kept in lower case, its domain in A-labels', () => {
    expect(newAddress('Support.EU@Agents.Example.COM')?.address).toBe('support.eu@agents.example.com');
    expect(newAddress('bot@bücher.example')).toEqual({
      address: 'bot@xn--bcher-kva.example',
      domain: 'xn--bcher-kva.example',
    });
  });

  it.each([
    'no-at.example.com',
    '@example.com',
    'bot@',
    'a+b@example.com',
    'bö@example.com',
    'a b@example.com',
    'a\u0000b@example.com',
    '.a@example.com',
    'a..b@example.com',
    'a.@example.com',
    '"a"@example.com',
    'a@b@example.com',
    'a@exa mple.com',
    'a@example.com/x',
    `${'a'.repeat(65)}@example.com`,
    `a@${'b.'.repeat(150)}example`,
  ])('is not %j', (text) => {
    expect(newAddress(text)).toBeNull();
  });

  it('belongs to its inbox until that is purged', () => {
    const { given } = specifyProjection(inboxAddresses);
    const shown = { address, inboxId, tenantId: 'ten_acme', status: 'active', agentAccess: true } as const;
    given(created).then(shown);
    given(created, deactivated).then({ ...shown, status: 'suspended', agentAccess: false });
    given(created, closing).then({ ...shown, status: 'closing' });
    given(created, closing, purged).then(null);
  });
});

it('a search finds every word somewhere in address or name, whatever its case and accents', () => {
  const view = (name: string, mail: string) =>
    ({ displayName: name, address: mail, domain: mail.split('@')[1] }) as never;
  const all = [view('Élodie', 'sales@a.example'), view('Bot', 'support@a.example')];
  expect(all.filter(matching('ELODIE ales'))).toEqual([all[0]]);
  expect(all.filter(matching('a.example'))).toEqual(all);
  expect(all.filter(matching('elodie bot'))).toEqual([]);
});

it('a search finds an internationalised domain in either of its forms', () => {
  const inbox = {
    displayName: null,
    address: 'sales@xn--mnchen-3ya.example',
    domain: 'xn--mnchen-3ya.example',
  };
  for (const q of ['münchen', 'sales@MÜNCH', 'munchen', 'xn--mnchen', 'sales@münchen.example'])
    expect([q, [inbox as never].filter(matching(q))]).toEqual([q, [inbox]]);
  expect([inbox as never].filter(matching('münster'))).toEqual([]);
});

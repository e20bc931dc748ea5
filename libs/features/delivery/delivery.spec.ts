import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NOW } from '#testing/context';
import { erased, specify, specifyProjection } from '#testing/specify';
import { EXPIRES_AFTER_MS, nextAttemptAt } from './backoff.js';
import {
  DeclareUncertain,
  DropDelivery,
  FinishAttempt,
  HoldDelivery,
  QueueDelivery,
  ReleaseDelivery,
  ReportRecipient,
  StartAttempt,
} from './commands.js';
import { delivery } from './decider.js';
import {
  deliveryEvents,
  type AttemptFinished,
  type AttemptStarted,
  type DeliveryQueued,
  type RecipientOutcome,
} from './events.js';
import { settle } from './outcome.js';
import { deliveries } from './read-model.js';

const LATER = '2026-01-01T00:01:00.000Z';
const ids = { deliveryId: 'dlv_1', messageId: 'msg_1' };
const queued: DeliveryQueued = {
  type: 'DeliveryQueued',
  data: {
    ...ids,
    inboxId: 'inb_acme',
    destination: 'mail.example',
    recipients: ['Ann@mail.example', 'bob@mail.example'],
    count: 2,
    mailFrom: 'bounce+dlv_1@acme.example',
    blobId: 'blb_1',
    size: 100,
    rfcMessageId: '<msg_1@acme.example>',
    notBefore: NOW,
    expiresAt: '2026-01-06T00:00:00.000Z',
  },
};
const started = (attempt = 1): AttemptStarted => ({
  type: 'AttemptStarted',
  data: { ...ids, attempt, deadline: LATER, runner: 'r1' },
});
const said = (
  recipient: number,
  outcome: RecipientOutcome['outcome'],
  reason: RecipientOutcome['reason'] = null,
) => ({
  recipient,
  outcome,
  status: null,
  reason,
});
const finished = (outcomes: readonly RecipientOutcome[], next: string | null = LATER): AttemptFinished => ({
  type: 'AttemptFinished',
  data: {
    ...ids,
    attempt: 1,
    outcomes,
    replies: outcomes.map(() => null),
    peer: null,
    tls: null,
    nextAttemptAt: next,
  },
});
const start = (startedAt = NOW) =>
  new StartAttempt({ deliveryId: 'dlv_1', startedAt, deadline: LATER, runner: 'r1' });
const finish = ({ data: { messageId: _, ...data } }: AttemptFinished) => new FinishAttempt(data);

describe('a delivery', () => {
  const { given } = specify(delivery);

  it('is claimed by one, and not before its time', () => {
    const [due, claim] = [queued.data, { startedAt: NOW, deadline: LATER, runner: 'r1' }];
    given()
      .when(new QueueDelivery({ ...due, claim: null }))
      .then(queued);
    given()
      .when(new QueueDelivery({ ...due, claim }))
      .then(queued, started());
    given(queued)
      .when(new QueueDelivery({ ...due, claim }))
      .thenNothing();
    given(queued).when(start()).then(started());
    given(queued, started()).when(start()).thenRefused('delivery-not-due');
    const deferred = finished([said(0, 'deferred'), said(1, 'deferred')]);
    given(queued, started(), deferred).when(start()).thenRefused('delivery-not-due');
    given(queued, started(), deferred).when(start(LATER)).then(started(2));
  });

  it('records an outcome once, and tries only those without one', () => {
    const half = finished([said(0, 'delivered'), said(1, 'deferred')]);
    given(queued, started()).when(finish(half)).then(half);
    given(queued, started(), half)
      .when(finish(finished([said(0, 'bounced'), said(1, 'delivered')])))
      .then(finished([said(1, 'delivered')]));
    given(queued, started(), finished([said(0, 'delivered'), said(1, 'bounced')], null))
      .when(start(LATER))
      .thenRefused('delivery-not-due');
  });

  it('that was erased while it was tried keeps nothing of what the peer said', () => {
    const over = erased(deliveryEvents, queued) as DeliveryQueued;
    const outcomes = [said(0, 'bounced', 'user-unknown'), said(1, 'delivered')];
    const event = finished(outcomes, null);
    const replies = ['550 5.1.1 <ann@mail.example>: user unknown', '250 2.0.0 bob@mail.example took it'];
    given(over, started())
      .when(finish({ ...event, data: { ...event.data, replies } }))
      .then(event);
  });

  it('names an address that is gone for good, if a peer said so', () => {
    const lost = {
      ...ids,
      inboxId: 'inb_acme',
      email: 'Ann@mail.example',
      kind: 'hard-bounce',
      status: null,
      reason: 'user-unknown',
    } as const;
    const both = finished([said(0, 'bounced', 'user-unknown'), said(1, 'bounced', 'policy')], null);
    given(queued, started()).when(finish(both)).then(both, { type: 'AddressFailed', data: lost });
    const local: DeliveryQueued = { ...queued, data: { ...queued.data, destination: 'local' } };
    given(local, started()).when(finish(both)).then(both);
  });

  it('that was never finished is uncertain, and tried again', () => {
    const uncertain = {
      type: 'DeliveryUncertain',
      data: { ...ids, attempt: 1, nextAttemptAt: LATER },
    } as const;
    const declare = new DeclareUncertain({ deliveryId: 'dlv_1', attempt: 1, nextAttemptAt: LATER });
    given(queued, started()).when(declare).then(uncertain);
    given(queued, started(), uncertain).when(declare).thenNothing();
    given(queued, started(), uncertain).when(start(LATER)).then(started(2));
    const late = finished([said(0, 'delivered'), said(1, 'delivered')], null);
    given(queued, started(), uncertain).when(finish(late)).then(late);
    given(queued, started(), uncertain, started(2)).when(finish(late)).thenNothing();
  });

  it('is held, released and dropped', () => {
    const held = { type: 'DeliveryHeld', data: { ...ids, reason: 'operator' } } as const;
    const released = { type: 'DeliveryReleased', data: { ...ids, nextAttemptAt: LATER } } as const;
    given(queued)
      .when(new HoldDelivery({ deliveryId: 'dlv_1', reason: 'operator' }))
      .then(held);
    given(queued, held).when(start()).thenRefused('delivery-not-due');
    given(queued, held)
      .when(new ReleaseDelivery({ deliveryId: 'dlv_1', nextAttemptAt: LATER }))
      .then(released);
    given(queued, held, released).when(start(LATER)).then(started());
    given(queued, held)
      .when(new DropDelivery({ deliveryId: 'dlv_1' }))
      .then({ type: 'DeliveryDropped', data: ids });
    given(queued, started())
      .when(new DropDelivery({ deliveryId: 'dlv_1' }))
      .thenRefused('delivery-not-due');
  });

  it('is told by a report what became of a recipient, once', () => {
    const fate = {
      kind: 'bounce',
      status: '5.1.1',
      reason: 'user-unknown',
      hard: true,
      reply: null,
    } as const;
    const report = new ReportRecipient({ deliveryId: 'dlv_1', email: 'ANN@mail.example', ...fate });
    const reported = { type: 'RecipientReported', data: { ...ids, recipient: 0, ...fate } } as const;
    const lost = {
      ...ids,
      inboxId: 'inb_acme',
      email: 'Ann@mail.example',
      kind: 'hard-bounce',
      status: '5.1.1',
      reason: 'user-unknown',
    } as const;
    const sent = [queued, started(), finished([said(0, 'delivered'), said(1, 'delivered')], null)];
    given(...sent)
      .when(report)
      .then(reported, { type: 'AddressFailed', data: lost });
    given(...sent, reported)
      .when(report)
      .thenNothing();
    given(...sent)
      .when(new ReportRecipient({ deliveryId: 'dlv_1', ...fate, email: 'eve@mail.example' }))
      .thenNothing();
    given().when(report).thenRefused('not-found');
  });

  it('shows in the queue until nothing is open, erased or not', () => {
    const { given: view } = specifyProjection(deliveries);
    const shown = {
      ...ids,
      inboxId: 'inb_acme',
      destination: 'mail.example',
      status: 'waiting',
      heldFor: null,
      dueAt: NOW,
      place: `waiting ${NOW}`,
    };
    const more = {
      attempt: 0,
      runner: null,
      recipients: 2,
      open: [0, 1],
      lastReason: null,
      queuedAt: NOW,
      expiresAt: queued.data.expiresAt,
    };
    view(queued).then({ ...shown, ...more } as never);
    view(erased(deliveryEvents, queued) as DeliveryQueued).then({ ...shown, ...more } as never);
    const deferred = finished([said(1, 'deferred', 'greylisted'), said(0, 'bounced', 'policy')]);
    view(queued, started(), deferred).then({
      ...shown,
      ...more,
      attempt: 1,
      runner: 'r1',
      open: [1],
      dueAt: LATER,
      place: `waiting ${LATER}`,
      lastReason: 'greylisted',
    } as never);
    view(queued, started(), finished([said(0, 'delivered'), said(1, 'delivered')], null)).then({
      ...shown,
      ...more,
      dueAt: LATER,
      attempt: 1,
      runner: 'r1',
      open: [],
      status: 'done',
      place: `done ${LATER}`,
    } as never);
  });
});

describe('the next attempt', () => {
  it('comes after a minute, then later and later, and last when five days are over', () => {
    const expiresAt = new Date(Date.parse(NOW) + EXPIRES_AFTER_MS).toISOString();
    fc.assert(
      fc.property(fc.constantFrom('greylisted', 'rate-limited', 'network', 'tls', 'dns', null), (reason) => {
        const times = [NOW];
        for (let attempt = 1, at: string | null = NOW; at; attempt += 1) {
          at = nextAttemptAt(attempt, reason, at, expiresAt);
          if (at) times.push(at);
        }
        const waits = times.slice(1).map((time, index) => Date.parse(time) - Date.parse(times[index] ?? ''));
        expect(waits[0]).toBe(60_000);
        expect(waits.slice(0, -1)).toEqual(waits.slice(0, -1).toSorted((a, b) => a - b));
        expect(times.at(-1)).toBe(expiresAt);
        expect(times.length).toBeLessThan(60);
      }),
    );
  });

  it('is not, once it has expired: then what is open has bounced', () => {
    const result = {
      outcomes: [said(0, 'deferred', 'network'), said(1, 'delivered')],
      replies: ['no', 'yes'],
      peer: null,
      tls: null,
    };
    expect(settle(result, 9, LATER, LATER)).toMatchObject({
      nextAttemptAt: null,
      outcomes: [{ outcome: 'bounced', status: '5.4.7', reason: 'expired' }, { outcome: 'delivered' }],
    });
  });
});

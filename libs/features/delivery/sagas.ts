import { policy } from '#kernel/saga';
import type { DomainRecovered } from '../domains/events.js';
import type { InboxReactivated, InboxRestored, InboxResumed } from '../inboxes/events.js';
import type { MessageQueued, MessageReceived } from '../mailbox/events.js';
import { verifiedDomains } from '../domains/read-model.js';
import { inboxes } from '../inboxes/read-model.js';
import { PlanDeliveries, RecordReport, ReleaseHeld } from './commands.js';
import { deliveries } from './read-model.js';

export const planDeliveries = policy<MessageQueued, PlanDeliveries>({
  name: 'delivery.plan-deliveries',
  startFrom: 'origin',
  orderedBy: 'stream',
  whenever: {
    // Erased meanwhile: there is nothing left to send, nor anybody to send it to.
    MessageQueued: ({ data, erased }) => (erased ? [] : new PlanDeliveries(data)),
  },
});

type Cleared = InboxResumed | InboxReactivated | InboxRestored | DomainRecovered;

/** What was held back goes on once the reason is gone. */
export const releaseHeldDeliveries = policy<Cleared, ReleaseHeld>({
  name: 'delivery.release-held-deliveries',
  startFrom: 'now',
  reads: [deliveries, inboxes, verifiedDomains],
  whenever: {
    InboxResumed: () => new ReleaseHeld({}),
    InboxReactivated: () => new ReleaseHeld({}),
    InboxRestored: () => new ReleaseHeld({}),
    DomainRecovered: () => new ReleaseHeld({}),
  },
});

/** What came back about mail that we sent. */
export const recordReports = policy<MessageReceived, RecordReport>({
  name: 'delivery.record-reports',
  startFrom: 'origin',
  reads: [deliveries],
  whenever: {
    MessageReceived: ({ data: { report } }) => (report ? new RecordReport(report) : []),
  },
});

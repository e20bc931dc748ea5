import { policy } from '#kernel/saga';
import type { AddressFailed } from '../delivery/events.js';
import type { InboxPurged } from '../inboxes/events.js';
import { ForgetSuppressions, SuppressAddress, suppressionIdOf } from './commands.js';
import { suppressions } from './read-model.js';

/** An address that bounced for good or complained is not written to again, until somebody lifts that. */
export const suppressFailedAddresses = policy<AddressFailed, SuppressAddress>({
  name: 'suppressions.suppress-failed-addresses',
  startFrom: 'origin',
  whenever: {
    AddressFailed: ({ data: { inboxId, email, kind, status, messageId }, erased }) => {
      // Erased meanwhile: whose address it was is not known any more.
      if (erased) return [];
      const suppressionId = suppressionIdOf(inboxId, email);
      return new SuppressAddress({
        suppressionId,
        inboxId,
        email: email.toLowerCase(),
        reason: kind,
        status,
        messageId,
      });
    },
  },
});

/** Erasing its key does not reach what a view said already: that goes with the suppression. */
export const forgetSuppressionsOfPurgedInboxes = policy<InboxPurged, ForgetSuppressions>({
  name: 'suppressions.forget-purged-inboxes',
  startFrom: 'origin',
  reads: [suppressions],
  whenever: { InboxPurged: ({ data: { inboxId } }) => new ForgetSuppressions({ inboxId }) },
});

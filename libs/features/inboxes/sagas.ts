import { process } from '#kernel/saga';
import { EraseInbox, PurgeInbox } from './commands.js';
import type { InboxCommand } from './commands.js';
import { inbox } from './decider.js';
import type { InboxEvent } from './events.js';

type Inbox = ReturnType<(typeof inbox.evolve)['InboxPurged']>;

/** A closed inbox is purged when its time has come, unless it was restored; then its content is erased. */
export const inboxClosure = process<never, InboxCommand, Inbox, InboxEvent, EraseInbox>({
  name: 'inboxes.closure',
  startFrom: 'origin',
  whenever: {},
  effects: { InboxPurged: ({ data }) => new EraseInbox(data) },
  timers: {
    InboxClosing: ({ data: { inboxId, purgeAt } }) => ({
      dueAt: purgeAt,
      command: new PurgeInbox({ inboxId, purgeAt }),
    }),
    InboxRestored: () => null,
    InboxPurged: () => null,
  },
  aggregate: inbox,
});

import { subjectKeyOf } from '#mail/threading/subject';
import type { Folder, MailAddress } from './events.js';
import { isListed } from './folders.js';
import { distinct } from './people.js';

/** What a thread shows of one message. */
type Entry = Readonly<{
  messageId: string;
  at: string;
  subject: string;
  snippet: string;
  people: readonly MailAddress[];
}>;
type Place = Readonly<{ folder: Folder; isRead: boolean }>;

/**
 * Counters of all its messages and what the latest of them say: its size is bounded, however long it is, and once a
 * message is erased nothing of it is left. `startedAt` never changes: of two threads that are one the older goes on.
 */
export type ThreadView = Readonly<{
  threadId: string;
  inboxId: string;
  subject: string;
  /** As `subjectKeyOf` has it, to find the thread by; null where there is none, or it was merged. */
  subjectKey: string | null;
  participants: readonly MailAddress[];
  messageCount: number;
  unreadCount: number;
  startedAt: string;
  lastMessageAt: string;
  snippet: string;
  labelIds: readonly string[];
  /** Of the message that is nearest to the inbox; null where there is none. */
  folder: Folder | null;
  listed: boolean;
  mergedInto: string | null;
  folders: Readonly<Record<Folder, number>>;
  /** Whose subject the thread bears. */
  root: Entry | null;
  /** Oldest first. */
  latest: readonly Entry[];
}>;

const LATEST = 30;
const PEOPLE = 50;

export const emptyThread = (threadId: string, inboxId: string, startedAt: string): ThreadView => ({
  threadId,
  inboxId,
  subject: '',
  subjectKey: null,
  participants: [],
  messageCount: 0,
  unreadCount: 0,
  startedAt,
  lastMessageAt: startedAt,
  snippet: '',
  labelIds: [],
  folder: null,
  listed: false,
  mergedInto: null,
  folders: { inbox: 0, sent: 0, archive: 0, trash: 0, spam: 0 },
  root: null,
  latest: [],
});

export const joined = (thread: ThreadView, entry: Entry, { folder, isRead }: Place): ThreadView =>
  summed({
    ...thread,
    messageCount: thread.messageCount + 1,
    unreadCount: thread.unreadCount + (isRead ? 0 : 1),
    folders: { ...thread.folders, [folder]: thread.folders[folder] + 1 },
    root: thread.root ?? pick(entry),
    latest: [...thread.latest, pick(entry)].sort(byTime).slice(-LATEST),
  });

/** Without its last message there is no thread, except that the id of a merged one is still answered. */
export const left = (thread: ThreadView, messageId: string, { folder, isRead }: Place): ThreadView | null => {
  const messageCount = thread.messageCount - 1;
  if (messageCount === 0 && !thread.mergedInto) return null;
  const latest = thread.latest.filter((entry) => entry.messageId !== messageId);
  return summed({
    ...thread,
    messageCount,
    unreadCount: thread.unreadCount - (isRead ? 0 : 1),
    folders: { ...thread.folders, [folder]: thread.folders[folder] - 1 },
    root: thread.root?.messageId === messageId ? (latest[0] ?? null) : thread.root,
    latest,
  });
};

export const flagged = (thread: ThreadView, wasRead: boolean, isRead: boolean): ThreadView => ({
  ...thread,
  unreadCount: thread.unreadCount + Number(wasRead) - Number(isRead),
});

export const moved = (thread: ThreadView, from: Folder, to: Folder): ThreadView => {
  const { folders } = thread;
  const without = { ...folders, [from]: folders[from] - 1 };
  return summed({ ...thread, folders: { ...without, [to]: without[to] + 1 } });
};

export const merged = (thread: ThreadView, into: string): ThreadView =>
  summed({ ...thread, mergedInto: into });

const BY_NEARNESS = ['inbox', 'archive', 'sent', 'spam', 'trash'] as const;

const summed = (thread: ThreadView): ThreadView => {
  const { folders, root, latest, mergedInto } = thread;
  const last = latest.at(-1);
  const folder = mergedInto ? null : (BY_NEARNESS.find((each) => folders[each] > 0) ?? null);
  return {
    ...thread,
    subject: root?.subject ?? '',
    subjectKey: mergedInto ? null : subjectKeyOf(root?.subject ?? ''),
    participants: distinct([...(root?.people ?? []), ...latest.flatMap(({ people }) => people)]).slice(
      0,
      PEOPLE,
    ),
    lastMessageAt: last?.at ?? thread.lastMessageAt,
    snippet: last?.snippet ?? '',
    folder,
    listed: folder !== null && isListed(folder),
  };
};

const pick = ({ messageId, at, subject, snippet, people }: Entry): Entry => ({
  messageId,
  at,
  subject,
  snippet,
  people,
});

const byTime = (a: Entry, b: Entry) => (a.at < b.at || (a.at === b.at && a.messageId < b.messageId) ? -1 : 1);

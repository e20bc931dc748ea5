import { createHash } from 'node:crypto';
import type { EventStore } from '#kernel/event-store';
import type { Event, NewEvent } from '#kernel/messages';
import type {
  MessageAccepted,
  MessageFlagged,
  MessageMoved,
  MessageReceived,
} from '#features/mailbox/events';
import type { TokenCreated, TokenPaused } from '#features/tokens/events';
import type { Codec } from '#platform/event-sourcing/codec';
import { uuid5 } from '#platform/event-sourcing/ids';

export const TENANT = 'ten_01J8ZQ6Q6Q6Q6Q6Q6Q6Q6Q6Q6Q';
const BLOB = 'blb_01J8ZQ6Q6Q6Q6Q6Q6Q6Q6Q6Q6Q';
const CALLERS = 256;

type Streamed = Readonly<{ stream: string; inboxId: string; at: string; events: readonly Event[] }>;

const digits = (value: string) => createHash('sha256').update(value).digest('hex').slice(0, 26).toUpperCase();

/** The life of one message: accepted, received, read, and every fourth time archived. Each tenth has a thread. */
const message = (index: number, inboxId: string): Streamed => {
  const messageId = `msg_${digits(`message ${index}`)}`;
  const threadId = `thr_${digits(`thread ${index - (index % 10)}`)}`;
  const at = new Date(Date.UTC(2026, 0, 1) + index * 1_000).toISOString();
  const rfcMessageId = `<${index}@peer.example>`;
  const from = { email: `person${index % 500}@peer.example`, name: `Person ${index % 500}` };
  const envelope = {
    mailFrom: from.email,
    recipient: 'agent@acme.example',
    remoteIp: '192.0.2.1',
    helo: 'mx.peer.example',
    protocol: 'ESMTPS',
  };
  const kept = { messageId, inboxId, blobId: BLOB, size: 4_096, rfcMessageId, receivedAt: at };
  const accepted: MessageAccepted = {
    type: 'MessageAccepted',
    data: { ...kept, ...envelope, authentication: null },
  };
  const received: MessageReceived = {
    type: 'MessageReceived',
    data: {
      ...kept,
      threadId,
      contentId: BLOB,
      from,
      to: [{ email: 'agent@acme.example', name: null }],
      cc: [],
      replyTo: [],
      subject: `Invoice ${index} for the work of last month`,
      snippet: 'Dear agent, please find attached what we agreed upon. '.repeat(3),
      attachments: [],
      folder: 'inbox',
      inReplyTo: null,
      references: [],
      envelope,
      authentication: null,
      unparsed: null,
      automatic: false,
      report: null,
      hops: 2,
      local: false,
    },
  };
  const flagged: MessageFlagged = {
    type: 'MessageFlagged',
    data: { messageId, threadId, isRead: true, wasRead: false, isFlagged: false },
  };
  const moved: MessageMoved = {
    type: 'MessageMoved',
    data: { messageId, threadId, folder: 'archive', from: 'inbox' },
  };
  const events = [accepted, received, flagged, ...(index % 4 === 0 ? [moved] : [])];
  return { stream: `message-${messageId}`, inboxId, at, events };
};

const token = (index: number, inboxId: string): Streamed => {
  const tokenId = `tok_${digits(`token ${index}`)}`;
  const created: TokenCreated = {
    type: 'TokenCreated',
    data: {
      tokenId,
      inboxId,
      label: 'agent',
      scopes: ['email:read'],
      requiresApproval: [],
      expiresAt: null,
      digest: createHash('sha256').update(tokenId).digest('base64url'),
      prefix: 'gent_abcd',
    },
  };
  const paused: TokenPaused = { type: 'TokenPaused', data: { tokenId } };
  return { stream: `token-${tokenId}`, inboxId, at: '2026-01-01T00:00:00.000Z', events: [created, paused] };
};

/** Appends the history of so many messages in so many inboxes, and a token for each hundred; how many events. */
export const writeMails = async (
  log: EventStore,
  codec: Codec,
  { messages, inboxes }: Readonly<{ messages: number; inboxes: number }>,
): Promise<number> => {
  let [index, written] = [0, 0];
  const append = async ({ stream, inboxId, at, events }: Streamed) => {
    const encoded: NewEvent[] = [];
    for (const [place, event] of events.entries()) {
      const id = uuid5(stream, place);
      const metadata = {
        schemaVersion: codec.version(event.type),
        occurredAt: at,
        $correlationId: id,
        $causationId: id,
        actor: { type: 'external', id: 'smtp' },
        tenantId: TENANT,
        inboxId,
      } as const;
      encoded.push(await codec.encode({ ...event, id, metadata }));
    }
    await log.append(stream, 'no-stream', encoded);
    written += events.length;
  };
  const work = async () => {
    while (index < messages) {
      const current = index++;
      const inboxId = `inb_${digits(`inbox ${current % inboxes}`)}`;
      await append(message(current, inboxId));
      if (current % 100 === 0) await append(token(current, inboxId));
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, work));
  return written;
};

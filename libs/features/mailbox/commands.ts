import { Command } from '#kernel/messages';
import { derivedId } from '#platform/event-sourcing/ids';
import type { Folder, MessageAccepted, MessageQueued, MessageReceived, ThreadsMerged } from './events.js';

type Changes = { isRead?: boolean; isFlagged?: boolean; folder?: Folder };

/** What a peer hands over, or a local delivery. The same bytes again are the same stream and change nothing. */
export class AcceptMessage extends Command('AcceptMessage')<MessageAccepted['data']> {}
/** From the saga to the handler that reads and parses the mail, and from there, parsed, to the decider. */
export class ParseMessage extends Command('ParseMessage')<MessageAccepted['data']> {}
export class RecordReceived extends Command('RecordReceived')<MessageReceived['data']> {}
/** Of the gate of `sending`, and of nobody else. */
export class QueueMessage extends Command('QueueMessage')<MessageQueued['data']> {}
export class ChangeMessage extends Command('ChangeMessage')<{ messageId: string } & Changes> {}
/** To the trash, and from there for good. */
export class DeleteMessage extends Command('DeleteMessage')<{ messageId: string }> {}
/** For good, wherever it is. */
export class EraseMessage extends Command('EraseMessage')<{ messageId: string }> {}
export class RethreadMessage extends Command('RethreadMessage')<{ messageId: string; threadId: string }> {}
export type MessageCommand =
  | AcceptMessage
  | RecordReceived
  | QueueMessage
  | ChangeMessage
  | DeleteMessage
  | EraseMessage
  | RethreadMessage;

export class MergeThreads extends Command('MergeThreads')<ThreadsMerged['data']> {}

/** `sha256`: hex, of what DATA carried. Other bytes under the same Message-ID are another message. */
export const messageIdOf = (inboxId: string, sha256: string, rfcMessageId: string): string =>
  derivedId('msg', inboxId, sha256, rfcMessageId);

/** No look-up: mail of one thread finds it in any order and on any process. Message-IDs with brackets. */
export const threadIdOf = (
  inboxId: string,
  {
    references,
    inReplyTo,
    rfcMessageId,
  }: Pick<MessageReceived['data'], 'references' | 'inReplyTo' | 'rfcMessageId'>,
): string => derivedId('thr', inboxId, references[0] ?? inReplyTo ?? rfcMessageId);

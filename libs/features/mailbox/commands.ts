import { Command } from '#kernel/messages';
import type { ParsedMessage } from '#mail/message/parsed-message';
import { threadRoot } from '#mail/threading/thread';
import { derivedId } from '#platform/event-sourcing/ids';
import type {
  Folder,
  MessageAccepted,
  MessageErased,
  MessageQueued,
  MessageReceived,
  ThreadsMerged,
} from './events.js';

type Changes = { isRead?: boolean; isFlagged?: boolean; folder?: Folder };

/** What is taken apart later. The same bytes again are the same stream and change nothing. */
export class AcceptMessage extends Command('AcceptMessage')<MessageAccepted['data']> {}
/** From outside, complete. `parsed`: where it could be taken apart before its sender is answered. */
export class ReceiveMessage extends Command('ReceiveMessage')<
  { accepted: MessageAccepted['data']; parsed: ParsedMessage | null },
  void
> {}
/** From the saga to the handler that reads and parses the mail, and from there, parsed, to the decider. */
export class ParseMessage extends Command('ParseMessage')<MessageAccepted['data'], void> {}
export class RecordReceived extends Command('RecordReceived')<MessageReceived['data']> {}
declare const passed: unique symbol;
/** That the gate of `sending` let a message through: nothing else can make one, and nothing is queued without. */
export type Passage = MessageQueued['data']['gate'] & { readonly [passed]: true };
export class QueueMessage extends Command('QueueMessage')<MessageQueued['data'] & { gate: Passage }> {}
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

/** Removes what is left of an erased message from the vault. */
export class ForgetMessage extends Command('ForgetMessage')<MessageErased['data'], void> {}
export class ForgetInbox extends Command('ForgetInbox')<{ inboxId: string }, void> {}

type Search = { messageId: string; inboxId: string; threadId: string; sender: string; subject: string };

/** For the older thread that a reply without any reference belongs to. */
export class FindThread extends Command('FindThread')<Search, void> {}
/** To where its thread went on meanwhile, if it did. */
export class FollowThread extends Command('FollowThread')<{ messageId: string; threadId: string }, void> {}
/** Every message of a thread that was merged. */
export class MoveThread extends Command('MoveThread')<ThreadsMerged['data'], void> {}

export class MergeThreads extends Command('MergeThreads')<ThreadsMerged['data']> {}

/** `sha256`: hex, of what DATA carried. Other bytes under the same Message-ID are another message. */
export const messageIdOf = (inboxId: string, sha256: string, rfcMessageId: string): string =>
  derivedId('msg', inboxId, sha256, rfcMessageId);

/** No look-up: mail of one thread finds it in any order and on any process. Message-IDs with brackets. */
export const threadIdOf = (
  inboxId: string,
  message: Pick<MessageReceived['data'], 'references' | 'inReplyTo' | 'rfcMessageId'>,
): string => derivedId('thr', inboxId, threadRoot(message, message.rfcMessageId));

import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Issued } from '#kernel/messages';
import { Commands } from '#platform/event-sourcing/commands';
import { Views } from '#platform/event-sourcing/views';
import { Blobs } from '#platform/vault/blobs';
import { PersonalData } from '#platform/vault/personal-data';
import {
  EraseMessage,
  FindThread,
  FollowThread,
  ForgetInbox,
  ForgetMessage,
  MergeThreads,
  MoveThread,
  RethreadMessage,
} from './commands.js';
import { messages, threads } from './read-model.js';
import { subjectKeyOf } from '#mail/threading/subject';
import { survivorOf } from './survivor.js';

const CANDIDATES = 50;

/** The latest older thread of the same subject that the sender takes part in. */
@CommandHandler(FindThread)
export class FindThreadHandler implements ICommandHandler<Issued<FindThread>> {
  constructor(
    private readonly views: Views,
    private readonly commands: Commands,
  ) {}

  async execute({ data, context }: Issued<FindThread>): Promise<void> {
    const views = this.views.for({ tenantId: context.tenantId, inboxId: data.inboxId });
    const own = await views.get(threads, data.threadId);
    if (!own || own.mergedInto) return;
    const filter = { subjectKey: subjectKeyOf(data.subject) };
    const { results } = await views.list(threads, 'bySubject', { filter, limit: CANDIDATES });
    const sender = data.sender.toLowerCase();
    const older = results
      .filter(({ startedAt, threadId }) => `${startedAt} ${threadId}` < `${own.startedAt} ${own.threadId}`)
      .find(({ participants }) => participants.some(({ email }) => email.toLowerCase() === sender));
    if (!older) return;
    const { threadId, inboxId } = data;
    await this.commands.execute(new MergeThreads({ threadId, into: older.threadId, inboxId }), context);
  }
}

@CommandHandler(FollowThread)
export class FollowThreadHandler implements ICommandHandler<Issued<FollowThread>> {
  constructor(
    private readonly views: Views,
    private readonly commands: Commands,
  ) {}

  async execute({ data: { messageId, threadId }, context }: Issued<FollowThread>): Promise<void> {
    const survivor = await survivorOf(this.views.for(context), threadId);
    if (survivor === threadId) return;
    await this.commands.execute(new RethreadMessage({ messageId, threadId: survivor }), context);
  }
}

@CommandHandler(MoveThread)
export class MoveThreadHandler implements ICommandHandler<Issued<MoveThread>> {
  constructor(
    private readonly views: Views,
    private readonly commands: Commands,
  ) {}

  async execute({ data: { threadId, into }, context }: Issued<MoveThread>): Promise<void> {
    const views = this.views.for(context);
    const survivor = await survivorOf(views, into);
    for await (const { messageId } of views.each(messages, 'byTime', { filter: { threadId } }))
      await this.commands.execute(new RethreadMessage({ messageId, threadId: survivor }), context);
  }
}

/** The key first: from then on nothing can be read, whatever becomes of the rest. */
@CommandHandler(ForgetMessage)
export class ForgetMessageHandler implements ICommandHandler<Issued<ForgetMessage>> {
  constructor(
    private readonly personalData: PersonalData,
    private readonly blobs: Blobs,
  ) {}

  async execute({ data: { messageId, blobIds }, context }: Issued<ForgetMessage>): Promise<void> {
    const { tenantId, inboxId } = context;
    await this.personalData.erase({ scope: { tenantId, inboxId }, subject: messageId });
    for (const blobId of blobIds) await this.blobs.delete(blobId);
  }
}

@CommandHandler(ForgetInbox)
export class ForgetInboxHandler implements ICommandHandler<Issued<ForgetInbox>> {
  constructor(
    private readonly views: Views,
    private readonly commands: Commands,
  ) {}

  async execute({ data: { inboxId }, context }: Issued<ForgetInbox>): Promise<void> {
    const views = this.views.for({ tenantId: context.tenantId, inboxId });
    for await (const { messageId } of views.each(messages, 'byTime'))
      await this.commands.execute(new EraseMessage({ messageId }), context);
  }
}

import { Injectable } from '@nestjs/common';
import { messageIds } from '#mail/message/header-summary';
import { firstValue, readHeader } from '#mail/message/header';
import type { ParsedMessage } from '#mail/message/parsed-message';
import { Authenticator } from '#platform/authentication/authenticator';
import { Clock } from '#platform/clock/clock';
import { Commands } from '#platform/event-sourcing/commands';
import { idsFrom } from '#platform/event-sourcing/ids';
import { Parser, SMALL_MAIL } from '#platform/parsing/parser';
import { FreeSpace, isOutOfSpace } from '#platform/process/free-space';
import { MailHandler, type Accepted, type Envelope, type Verdict } from '#platform/smtp/server/handler';
import type { Address } from '#platform/smtp/server/path';
import type { Reply } from '#platform/smtp/server/replies';
import { headOf, Spool, type Spooled } from '#platform/spool/spool';
import { Blobs } from '#platform/vault/blobs';
import { messageIdOf, ReceiveMessage } from '../mailbox/commands.js';
import type { MessageAccepted } from '../mailbox/events.js';
import { Mailboxes, type Mailbox } from './directory.js';
import { BUSY, FULL, kept, NO_MAILBOX } from './replies.js';

/** Messages that may be on their way into the stores; where there are more, the stores lag. */
const MOST_AT_ONCE = 200;
/** Where a Message-ID is looked for. */
const HEAD_BYTES = 256 * 1024;
/** Ids that are derived from a message alone have no time of their own. */
const TIMELESS = '1970-01-01T00:00:00.000Z';

/** Mail from outside becomes a message of each inbox that it is for: in the vault, then in the log, then 250. */
@Injectable()
export class MailReceiver extends MailHandler<Mailbox> {
  private atOnce = 0;

  constructor(
    private readonly mailboxes: Mailboxes,
    private readonly authenticator: Authenticator,
    private readonly parser: Parser,
    private readonly spool: Spool,
    private readonly blobs: Blobs,
    private readonly commands: Commands,
    private readonly clock: Clock,
    private readonly space: FreeSpace,
  ) {
    super();
  }

  async sender({ size }: Envelope<Mailbox>): Promise<Reply | null> {
    if (this.atOnce >= MOST_AT_ONCE) return BUSY;
    return (await this.space.isShort(size ?? 0)) ? FULL : null;
  }

  async recipient(_: Envelope<Mailbox>, address: Address): Promise<Verdict<Mailbox>> {
    const found = await this.mailboxes.find(address);
    return typeof found === 'string' ? { refuse: NO_MAILBOX[found] } : { accept: found };
  }

  async message(envelope: Envelope<Mailbox>, content: AsyncIterable<Buffer>): Promise<Reply> {
    try {
      const mail = await this.spool.take(content);
      this.atOnce += 1;
      try {
        return await this.keep(envelope, mail);
      } finally {
        this.atOnce -= 1;
        await mail.discard();
      }
    } catch (error) {
      if (isOutOfSpace(error) || (await this.space.isShortNow(1))) return FULL;
      throw error;
    }
  }

  /** For every inbox or for none: a repetition finds what is there already and adds what is not. */
  private async keep(envelope: Envelope<Mailbox>, mail: Spooled): Promise<Reply> {
    const receivedAt = this.clock.now();
    const head = await headOf(mail.read(), HEAD_BYTES);
    const rfcMessageId = messageIds(firstValue(readHeader(head), 'message-id') ?? '')[0] ?? ownId(mail);
    const inboxes = new Map(envelope.recipients.toReversed().map((each) => [each.target.inboxId, each]));
    const { sender, client } = envelope;
    const { remoteIp, helo, protocol } = client;
    const mailFrom = sender?.text ?? '';
    const [authentication, parsed, ...copies] = await Promise.all([
      this.authenticator.check({ remoteIp, helo, mailFrom }, mail),
      this.parsed(mail),
      ...[...inboxes.values()].map((recipient) => this.store(recipient, mail, rfcMessageId)),
    ]);
    await Promise.all(
      copies.map(({ recipient, ...copy }) =>
        this.receive(
          {
            ...copy,
            mailFrom,
            recipient: recipient.address.text,
            remoteIp,
            helo,
            protocol,
            authentication,
            rfcMessageId,
            receivedAt,
          },
          parsed,
          recipient.target,
        ),
      ),
    );
    return kept(copies[0]?.messageId ?? '');
  }

  private async store(recipient: Accepted<Mailbox>, mail: Spooled, rfcMessageId: string) {
    const { scope, inboxId } = recipient.target;
    const messageId = messageIdOf(inboxId, mail.sha256, rfcMessageId);
    const content = mail.source instanceof Uint8Array ? mail.source : mail.read();
    const { blobId, size } = await this.blobs.put({ scope, subject: messageId }, content);
    return { recipient, messageId, inboxId, blobId, size };
  }

  /** While its sender waits; null for mail that is large, and where the parsers have too much to do: it is parsed later. */
  private async parsed({ size, source }: Spooled): Promise<ParsedMessage | null> {
    if (size > SMALL_MAIL || !(source instanceof Uint8Array)) return null;
    return this.parser.parse(source).catch(() => null);
  }

  private async receive(
    accepted: MessageAccepted['data'],
    parsed: ParsedMessage | null,
    { scope, inboxId }: Mailbox,
  ): Promise<void> {
    const { messageId, receivedAt } = accepted;
    await this.commands.execute(new ReceiveMessage({ accepted, parsed }), {
      tenantId: scope.tenantId,
      inboxId,
      actor: { type: 'external', id: 'smtp' },
      correlationId: messageId,
      causationId: messageId,
      now: receivedAt,
      newId: idsFrom(messageId, TIMELESS),
    });
  }
}

/** For mail without a Message-ID one that the same bytes get again. */
const ownId = ({ sha256 }: Spooled): string => `<${sha256.slice(0, 40)}@message-id.invalid>`;

import { ApiProperty } from '@nestjs/swagger';
import { atRevision } from '#platform/http/answer';
import { PageOf } from '#platform/http/page';
import { shownIn } from '#platform/time/local-time';
import { recipientsOf, type MessageStatus, type RecipientStatus } from './deliveries.js';
import {
  FOLDERS,
  UNPARSED,
  type Attachment,
  type Folder,
  type MailAddress,
  type Unparsed,
} from './events.js';
import type { MessageView } from './read-model.js';
import { ownTextOf, type Content } from './received.js';

const Nullable = (type: unknown = String) => ApiProperty({ type: type as typeof String, nullable: true });

export class AddressBody {
  @ApiProperty() readonly email!: string;
  @Nullable() readonly name!: string | null;

  static of = ({ email, name }: MailAddress): AddressBody => ({ email, name });
}

export class AttachmentBody {
  @ApiProperty() readonly attachment_id!: string;
  @ApiProperty() readonly filename!: string;
  @ApiProperty() readonly content_type!: string;
  @ApiProperty() readonly size!: number;
  @Nullable() readonly content_id!: string | null;

  static of = (attachment: Attachment): AttachmentBody => ({
    attachment_id: attachment.attachmentId,
    filename: attachment.filename,
    content_type: attachment.contentType,
    size: attachment.size,
    content_id: attachment.contentId,
  });
}

export class MessageLabelBody {
  @ApiProperty() readonly label_id!: string;
  @ApiProperty() readonly name!: string;
  @ApiProperty() readonly color!: string;
}

class MessageDeliveryBody {
  @ApiProperty() readonly email!: string;
  @ApiProperty({ enum: ['queued', 'sending', 'deferred', 'delivered', 'bounced', 'held'] })
  readonly status!: RecipientStatus;
  @ApiProperty() readonly attempts!: number;
  @Nullable() readonly last_reply!: string | null;
  @Nullable() readonly next_attempt_at!: string | null;
}

class MessageAuthenticationBody {
  @ApiProperty() readonly spf!: string;
  @ApiProperty() readonly dkim!: string;
  @ApiProperty() readonly dmarc!: string;
  @ApiProperty() readonly arc!: string;
}

const STATUSES = ['queued', 'sending', 'sent', 'delivered', 'deferred', 'bounced', 'failed', 'held'];

/** `received_at`, `sent_at`: local in the inbox's zone, or UTC where it has none. */
export class MessageRowBody {
  @ApiProperty() readonly message_id!: string;
  @ApiProperty() readonly thread_id!: string;
  @ApiProperty() readonly inbox_id!: string;
  @ApiProperty({ enum: ['inbound', 'outbound'] }) readonly direction!: 'inbound' | 'outbound';
  @ApiProperty({ enum: STATUSES, nullable: true }) readonly status!: MessageStatus | null;
  @Nullable(AddressBody) readonly from!: AddressBody | null;
  @ApiProperty({ type: [AddressBody] }) readonly to!: readonly AddressBody[];
  @ApiProperty({ type: [AddressBody] }) readonly cc!: readonly AddressBody[];
  @ApiProperty({ type: [AddressBody] }) readonly reply_to!: readonly AddressBody[];
  @ApiProperty() readonly subject!: string;
  @ApiProperty() readonly snippet!: string;
  @ApiProperty({ type: [AttachmentBody] }) readonly attachments!: readonly AttachmentBody[];
  @ApiProperty({ type: [MessageLabelBody] }) readonly labels!: readonly MessageLabelBody[];
  @ApiProperty() readonly is_read!: boolean;
  @ApiProperty() readonly is_flagged!: boolean;
  @ApiProperty({ enum: FOLDERS }) readonly folder!: Folder;
  @Nullable() readonly received_at!: string | null;
  @Nullable() readonly sent_at!: string | null;
  @ApiProperty() readonly rfc_message_id!: string;
  @Nullable() readonly in_reply_to!: string | null;
  @ApiProperty({ enum: UNPARSED, nullable: true }) readonly unparsed!: Unparsed | null;
  @ApiProperty() readonly size!: number;
  @ApiProperty() readonly imported!: boolean;

  static in =
    (zone: string | null) =>
    (message: MessageView): MessageRowBody => ({
      message_id: message.messageId,
      thread_id: message.threadId,
      inbox_id: message.inboxId,
      direction: message.direction,
      status: message.status,
      from: message.from && AddressBody.of(message.from),
      to: message.to.map(AddressBody.of),
      cc: message.cc.map(AddressBody.of),
      reply_to: message.replyTo.map(AddressBody.of),
      subject: message.subject,
      snippet: message.snippet,
      attachments: message.attachments.map(AttachmentBody.of),
      labels: [],
      is_read: message.isRead,
      is_flagged: message.isFlagged,
      folder: message.folder,
      received_at: message.receivedAt && shownIn(zone, message.receivedAt),
      sent_at: message.sentAt && shownIn(zone, message.sentAt),
      rfc_message_id: message.rfcMessageId,
      in_reply_to: message.inReplyTo,
      unparsed: message.unparsed,
      size: message.size,
      imported: false,
    });
}

export class MessageBody extends MessageRowBody {
  @Nullable() readonly text_body!: string | null;
  @Nullable() readonly html_body!: string | null;
  @Nullable() readonly extracted_text!: string | null;
  @Nullable(MessageAuthenticationBody) readonly authentication!: MessageAuthenticationBody | null;
  @ApiProperty({ type: [MessageDeliveryBody], nullable: true })
  readonly deliveries!: readonly MessageDeliveryBody[] | null;

  /** What the row has only the beginning of comes whole. */
  static of = (message: MessageView, content: Content | null, zone: string | null): MessageBody => {
    const { authentication, deliveries, direction, revision } = message;
    const body = {
      ...MessageRowBody.in(zone)({ ...message, ...content?.whole }),
      text_body: content?.text ?? null,
      html_body: content?.html ?? null,
      extracted_text: content && ownTextOf(content),
      authentication: authentication && {
        spf: authentication.spf,
        dkim: authentication.dkim,
        dmarc: authentication.dmarc,
        arc: authentication.arc,
      },
      deliveries:
        direction === 'inbound'
          ? null
          : recipientsOf(deliveries).map((recipient) => ({
              email: recipient.email,
              status: recipient.status,
              attempts: recipient.attempts,
              last_reply: recipient.lastReply,
              next_attempt_at: recipient.nextAttemptAt && shownIn(null, recipient.nextAttemptAt),
            })),
    };
    return atRevision(revision, body, body.deliveries ?? undefined);
  };
}

export class MessagePage extends PageOf(MessageRowBody) {}

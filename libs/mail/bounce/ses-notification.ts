import type { FieldGroup } from './status-fields.js';

/** What Amazon SES tells of a message, as fields of a delivery status. */
export type SesNotification = Readonly<{ complaint: boolean; recipients: readonly FieldGroup[] }>;

type Recipient = { emailAddress?: unknown; status?: unknown; diagnosticCode?: unknown; action?: unknown };

/** Reads the JSON that SES sends through SNS by mail; null for any other text. */
export const readSesNotification = (notice: string): SesNotification | null => {
  const line = notice.split('\n').find((one) => one.startsWith('{'));
  if (!line || !/"(notification|event)Type"/.test(line.slice(0, 4_000))) return null;
  const told = parsed(line);
  const type = told?.['notificationType'] ?? told?.['eventType'];
  if (type === 'Complaint')
    return { complaint: true, recipients: of(told, 'complaint', 'complainedRecipients') };
  if (type === 'Bounce')
    return { complaint: false, recipients: of(told, 'bounce', 'bouncedRecipients', 'failed') };
  return type === 'Delivery'
    ? { complaint: false, recipients: of(told, 'delivery', 'recipients', 'delivered') }
    : null;
};

const parsed = (text: string): Record<string, unknown> | null => {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return null;
  }
};

const of = (told: Record<string, unknown> | null, part: string, list: string, action = ''): FieldGroup[] => {
  const about = told?.[part] as Record<string, unknown> | undefined;
  const recipients = about?.[list];
  if (!Array.isArray(recipients)) return [];
  return (recipients as (string | Recipient)[]).slice(0, 1_000).map((one) => {
    const recipient = typeof one === 'object' && one !== null ? one : { emailAddress: one };
    return new Map([
      ['final-recipient', String(recipient.emailAddress ?? '')],
      ['action', String(recipient.action ?? action)],
      ['status', String(recipient.status ?? typedStatus(about))],
      ['diagnostic-code', String(recipient.diagnosticCode ?? about?.['smtpResponse'] ?? '')],
    ]);
  });
};

/** Where SES heard no code, its own types of bounces tell: https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html */
const typedStatus = (bounce: Record<string, unknown> | undefined): string => {
  const type = bounce?.['bounceType'];
  if (type === undefined) return '';
  return `${type === 'Transient' ? 4 : 5}.${SUB_TYPES[String(bounce?.['bounceSubType'])] ?? '0.0'}`;
};

const SUB_TYPES: Readonly<Record<string, string>> = {
  NoEmail: '1.1',
  MailboxFull: '2.2',
  MessageTooLarge: '3.4',
  ContentRejected: '6.0',
};

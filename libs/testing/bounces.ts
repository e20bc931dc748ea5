import type { MailReport } from '#mail/bounce/report';
import { parseMessage } from '#mail/message/parse-message';

/** What a message of these lines reports. */
export const report = (...lines: string[]) => parseMessage(Buffer.from(lines.join('\r\n'))).report;

/** The header of a mail of ours that comes back. */
export const RETURNED = [
  'Return-Path: <bounce+1@acme.example>',
  'Message-ID: <1@acme.example>',
  'From: agent@acme.example',
  'To: bob@mail.example',
  'Subject: Offer',
  '',
];

/** The header of a report by a mail system. */
export const daemon = (subject: string) => [
  'From: Mail Delivery System <MAILER-DAEMON@mx.example>',
  'To: agent@acme.example',
  `Subject: ${subject}`,
];

/** What a delivery status notification with these groups of recipient fields reports. */
export const dsn = (notice: string, ...groups: (readonly string[])[]) =>
  report(
    ...daemon('Undelivered Mail Returned to Sender'),
    'Content-Type: multipart/report; report-type=delivery-status; boundary=b',
    '',
    '--b',
    '',
    notice,
    '--b',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; mx.example',
    'Original-Envelope-Id: env-1',
    '',
    ...groups.flatMap((group) => [...group, '']),
    '--b',
    'Content-Type: text/rfc822-headers',
    '',
    ...RETURNED,
    '--b--',
  );

/** What becomes of each recipient, on a line: address, action, status, reason, and whether for good. */
export const told = (read: MailReport | null): string[] =>
  (read?.recipients ?? []).map(({ email, action, status, reason, hard }) =>
    [email, action, status, reason, ...(hard ? ['hard'] : [])].join(' '),
  );

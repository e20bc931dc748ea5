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

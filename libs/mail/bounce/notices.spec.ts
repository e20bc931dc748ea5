import { expect, it } from '@jest/globals';
import { parseMessage } from '../message/parse-message.js';

const RETURNED = [
  'Received: from a.example by b.example; Thu, 1 Jan 2026 00:00:00 +0000',
  'From: agent@acme.example',
  'To: bob@mail.example',
  'Subject: Offer',
  'Message-ID: <1@acme.example>',
  '',
  'Hi',
];

/** The notices of systems that write no delivery status: who wrote it, its subject, what it says, and what it means. */
it.each([
  [
    'GroupWise',
    ['postmaster@gw.example', 'Undeliverable: Offer'],
    [
      'The message that you sent was undeliverable to the following:',
      '\tbob@mail.example (user not found)',
      '',
      'Possibly truncated original message follows:',
      '',
    ],
    ['5.0.0', 'userunknown'],
  ],
  [
    'MailMarshal',
    ['postmaster@mm.example', 'Undeliverable Mail: "Offer"'],
    [
      'Your message:',
      '   From:    agent@acme.example',
      '   Subject: Offer',
      'Could not be delivered because of',
      '',
      '552 5.2.2 Mailbox full',
      '',
      'The following recipients were affected:',
      '   bob@mail.example',
      '',
    ],
    ['5.2.2', 'mailboxfull'],
  ],
  [
    'InterScan',
    ['"InterScan MSS" <imss@scan.example>', 'Mail could not be delivered'],
    [
      'Sent <<< RCPT TO:<bob@mail.example>',
      'Received >>> 550 5.1.1 <bob@mail.example>... user unknown',
      '',
      'Unable to deliver message to <bob@mail.example>.',
      '',
    ],
    ['5.1.1', 'userunknown'],
  ],
  [
    'a system without a name',
    ['<>', 'There was an error sending your mail'],
    [
      'We had trouble delivering your message.',
      '',
      'SMTP Server <mx.mail.example> rejected recipient <bob@mail.example> (Error following RCPT command).',
      'It responded as follows: [550 5.1.1 User unknown]',
      '',
    ],
    ['5.1.1', 'userunknown'],
  ],
  [
    'a gateway of telephones',
    ['post_master@phone.example', 'Undeliverable Message'],
    [
      'Message could not be delivered to mobile <bob@mail.example>.',
      'Error: No valid recipients for this MM',
      '',
    ],
    ['5.0.0', 'userunknown'],
  ],
  [
    'NetEase',
    ['postmaster@netease.example', '系统退信'],
    ['抱歉，您的邮件被退回来了', '', '收件人 bob@mail.example', '退信原因：收件人不存在，邮件无法送达。', ''],
    ['5.0.0', 'userunknown'],
  ],
  [
    'a German provider',
    ['Mail Delivery System <mailer-daemon@isp.example>', 'Unzustellbar'],
    ['Ihre Nachricht konnte nicht zugestellt werden:', '', '<bob@mail.example>: Das Postfach ist voll.', ''],
    ['5.0.0', 'mailboxfull'],
  ],
  [
    'Zoho',
    ['mailer-daemon@mail.zoho.example', 'Undelivered Mail Returned to Sender'],
    [
      'A message that you sent could not be delivered to one or more of its recipients.',
      '',
      'bob@mail.example Invalid Address, ERROR_CODE :550, ERROR_CODE :5.1.1 <bob@mail.example>... User Unknown',
      '',
    ],
    ['5.1.1', 'userunknown'],
  ],
] as const)('what %s tells is read', (_, [from, subject], notice, [status, reason]) => {
  const lines = [
    `From: ${from}`,
    'To: agent@acme.example',
    `Subject: ${subject}`,
    'Content-Type: text/plain; charset=utf-8',
    '',
    ...notice,
    ...RETURNED,
  ];
  const { report } = parseMessage(Buffer.from(lines.join('\r\n')));
  expect(report).toMatchObject({ kind: 'bounce', originalMessageId: '<1@acme.example>' });
  expect(report?.recipients).toMatchObject([{ email: 'bob@mail.example', status, reason }]);
});

import { describe, expect, it } from '@jest/globals';
import { parseMessage } from '../message/parse-message.js';

const report = (...lines: string[]) => parseMessage(Buffer.from(lines.join('\r\n'))).report;

describe('ordinary mail is no report:', () => {
  it.each([
    [
      'a vacation notice',
      [
        'From: bob@mail.example',
        'Subject: Away until May 5',
        'Auto-Submitted: auto-replied',
        '',
        'I am away; mail ann@mail.example if it fails to reach me.',
      ],
    ],
    [
      'a shop about a parcel',
      [
        'From: Shop <orders@shop.example>',
        'Subject: Your delivery has been delayed',
        '',
        'We were unable to deliver your order to 550 Main Street. Write to help@shop.example.',
      ],
    ],
    [
      'a person who asks about a bounce',
      [
        'From: Bob <bob@mail.example>',
        'Subject: Fwd: Undelivered Mail Returned to Sender',
        '',
        'What is this?',
        '',
        '> <eve@mail.example>: 550 5.1.1 User unknown',
      ],
    ],
    [
      'a person who answers one',
      [
        'From: Bob <bob@mail.example>',
        'Subject: Re: failure notice',
        'In-Reply-To: <2@acme.example>',
        '',
        'The address eve@mail.example has been rejected, 550 5.1.1.',
      ],
    ],
    [
      'the postmaster, writing by hand',
      [
        'From: postmaster@mail.example',
        'Subject: Maintenance on Sunday',
        '',
        'The mail server will not be available. Questions to ann@mail.example.',
      ],
    ],
    [
      'a newsletter on deliverability',
      [
        'From: news@esp.example',
        'Subject: Why mail is rejected',
        'List-Id: <news.esp.example>',
        '',
        'A 550 5.7.1 reply means that your message was blocked. Write to us at hi@esp.example.',
      ],
    ],
    [
      'an absent person whose machine answers a report',
      [
        'Return-Path: <>',
        'From: Bob <bob@mail.example>',
        'Subject: Automatic reply: Undelivered Mail Returned to Sender',
        'Auto-Submitted: auto-replied',
        '',
        'I am away. If there is a problem write to ann@mail.example.',
        '',
        '> <eve@mail.example>: 550 5.1.1 User unknown',
      ],
    ],
    [
      'a report that somebody passes on as an attachment',
      [
        'From: Bob <bob@mail.example>',
        'Subject: mail delivery failed, why?',
        'Content-Type: multipart/mixed; boundary=f',
        '',
        '--f',
        '',
        'My message could not be delivered to eve@mail.example.',
        '--f',
        'Content-Type: message/rfc822',
        '',
        'From: MAILER-DAEMON@mx.example',
        'To: bob@mail.example',
        'Subject: failure notice',
        'Message-ID: <3@mx.example>',
        '',
        '<eve@mail.example>: 550 5.1.1 User unknown',
        '--f--',
      ],
    ],
    [
      'the postmaster who answers by hand',
      [
        'From: postmaster@mail.example',
        'Subject: Re: failure notice',
        'In-Reply-To: <2@acme.example>',
        '',
        'We look into it.',
        '',
        '> <eve@mail.example>: 550 5.1.1 User unknown',
      ],
    ],
  ])('%s', (_, lines) => expect(report(...lines)).toBeNull());
});

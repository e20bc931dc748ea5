import { describe, expect, it } from '@jest/globals';
import { daemon, report, RETURNED } from '#testing/bounces';

describe('a notice in words of its own', () => {
  const quoted = ['', '--- Below this line is a copy of the message.', '', ...RETURNED, 'Hi'];

  it.each([
    [
      'of qmail',
      [
        "I'm afraid I wasn't able to deliver your message.",
        '',
        '<bob@mail.example>:',
        '192.0.2.1 does not like recipient.',
        'Remote host said: 550 no such user here',
      ],
      '5.0.0',
      'userunknown',
      true,
    ],
    [
      'of exim',
      [
        'A message that you sent could not be delivered. The following address(es) failed:',
        '',
        '  bob@mail.example',
        '    SMTP error from remote mail server after RCPT TO:<bob@mail.example>:',
        '    552 5.2.2 Mailbox full',
      ],
      '5.2.2',
      'mailboxfull',
      false,
    ],
    [
      'of sendmail',
      [
        '   ----- The following addresses had permanent fatal errors -----',
        '<bob@mail.example>',
        '   ----- Transcript of session follows -----',
        '... while talking to mx.mail.example:',
        '>>> DATA',
        '<<< 554 5.7.1 Message looks like spam',
      ],
      '5.7.1',
      'spamdetected',
      false,
    ],
    [
      'of Exchange',
      [
        'Your message did not reach some or all of the intended recipients.',
        '',
        'bob@mail.example on 3/3/2026 10:00',
        '    The e-mail address could not be found.  #5.1.1',
      ],
      '5.1.1',
      'userunknown',
      true,
    ],
    [
      'of Google',
      [
        'Delivery to the following recipient failed permanently:',
        '',
        '     bob@mail.example',
        '',
        'Technical details of permanent failure:',
        'DNS Error: Domain name not found',
      ],
      '5.0.0',
      'hostunknown',
      true,
    ],
  ] as const)('is read: %s', (_, notice, status, reason, hard) => {
    const told = report(...daemon('failure notice'), '', ...notice, ...quoted);
    expect(told).toMatchObject({ kind: 'bounce', originalMessageId: '<1@acme.example>' });
    expect(told?.recipients).toMatchObject([{ email: 'bob@mail.example', status, reason, hard }]);
  });

  it.each([
    ['No existe el usuario', 'La cuenta bob no existe, destinatario desconocido.', 'userunknown', true],
    ['Boîte pleine', 'Boîte aux lettres pleine', 'mailboxfull', false],
    ['unzustellbar', 'Empfänger unbekannt', 'userunknown', true],
    ['Не доставлено', 'Пользователь не существует', 'userunknown', true],
    ['退信', '收件人不存在', 'userunknown', true],
    ['Processing Error', 'Delivery failed 20 attempts: bob@mail.example', 'expired', false],
  ] as const)('is read in the words of its language: %s', (subject, words, reason, hard) => {
    const told = report(...daemon(subject), '', '<bob@mail.example>:', words, ...quoted);
    expect(told?.recipients).toMatchObject([{ email: 'bob@mail.example', reason, hard }]);
  });

  it('of a scanner is one where it returns what we sent', () => {
    const notice = (from: string) =>
      report(
        'From: filter@mx.example',
        'To: agent@acme.example',
        'Subject: Mail could not be delivered',
        '',
        'Your message could not be delivered to',
        'bob@mail.example',
        '',
        'Return-Path: <bounce+1@acme.example>',
        'Message-ID: <1@acme.example>',
        `From: ${from}`,
        'To: bob@mail.example',
        '',
      );
    expect(notice('agent@acme.example')?.recipients).toMatchObject([{ email: 'bob@mail.example' }]);
    expect(notice('someone@else.example')).toBeNull();
  });

  it('stops where the copy begins, though it has no header', () => {
    const told = report(
      ...daemon('Failure Notice'),
      '',
      '<bob@mail.example>:',
      'Remote host said: 550 5.1.1 Recipient address rejected',
      '',
      '--- Below this line is a copy of the message.',
      '',
      '<eve@mail.example>:',
    );
    expect(told?.recipients.map(({ email }) => email)).toEqual(['bob@mail.example']);
  });

  it('of a delay is no bounce', () => {
    const notice = [
      'THIS IS A WARNING MESSAGE ONLY.',
      '',
      'Delivery to the following recipient has been delayed:',
      '',
      '  bob@mail.example',
      '',
      'Message will be retried for 2 more day(s)',
    ];
    const told = report(...daemon('Delivery Status Notification (Delay)'), '', ...notice, ...quoted);
    expect([told?.kind, told?.recipients[0]?.status, told?.recipients[0]?.hard]).toEqual([
      'delay',
      '4.0.0',
      false,
    ]);
  });
});

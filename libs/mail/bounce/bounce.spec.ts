import { describe, expect, it } from '@jest/globals';
import { dsn, report, RETURNED } from '#testing/bounces';

describe('a delivery status notification', () => {
  it('says whom, why, with which code, and about which message', () => {
    const told = dsn(
      'Sorry.',
      [
        'Final-Recipient: rfc822; bob@mail.example',
        'Action: failed',
        'Status: 5.1.1',
        'Diagnostic-Code: smtp; 550 5.1.1 <bob@mail.example>:',
        '    Recipient address rejected: User unknown',
      ],
      [
        'Final-Recipient: rfc822; eve@mail.example',
        'Action: failed',
        'Status: 5.2.2',
        'Diagnostic-Code: smtp; 552 5.2.2 Quota exceeded',
      ],
    );
    expect(told).toEqual({
      kind: 'bounce',
      originalMessageId: '<1@acme.example>',
      envelopeId: 'env-1',
      returnPath: 'bounce+1@acme.example',
      recipients: [
        {
          email: 'bob@mail.example',
          action: 'failed',
          status: '5.1.1',
          reply: '550 5.1.1 <bob@mail.example>: Recipient address rejected: User unknown',
          reason: 'userunknown',
          hard: true,
        },
        {
          email: 'eve@mail.example',
          action: 'failed',
          status: '5.2.2',
          reply: '552 5.2.2 Quota exceeded',
          reason: 'mailboxfull',
          hard: false,
        },
      ],
    });
  });

  it('is named after the worst fate, and each recipient has its own', () => {
    const delivered = ['Final-Recipient: rfc822; a@mail.example', 'Action: delivered', 'Status: 2.0.0'];
    const delayed = [
      'Final-Recipient: rfc822; b@mail.example',
      'Action: delayed',
      'Status: 4.4.1',
      'Diagnostic-Code: smtp; connection timed out',
    ];
    const failed = ['Final-Recipient: rfc822; c@mail.example', 'Action: failed', 'Status: 5.0.0'];
    expect(dsn('Delivered.', delivered)?.kind).toBe('delivered');
    expect(dsn('Delayed.', delayed, delivered)?.kind).toBe('delay');
    const mixed = dsn('Mixed.', delivered, delayed, failed);
    expect([mixed?.kind, mixed?.recipients.map(({ action }) => action)]).toEqual([
      'bounce',
      ['delivered', 'delayed', 'failed'],
    ]);
  });

  it('says in the comment of its status what it leaves out elsewhere', () => {
    const told = dsn('Sorry.', [
      'Final-Recipient: rfc822; bob@mail.example',
      'Action: failed',
      'Status: 5.0.0 (recipient reached disk quota)',
    ]);
    expect(told?.recipients).toMatchObject([{ reason: 'mailboxfull', hard: false }]);
  });

  it('takes from its words what its fields leave out', () => {
    const fields = [
      'Original-Recipient: rfc822;bob@mail.example',
      'Final-Recipient: rfc822; b@inner.example',
      'Action: failed',
      'Status: 5.0.0',
    ];
    const told = dsn(
      '<bob@mail.example>: host mx.mail.example said: 550 5.7.1 Message rejected due to SPF failure (in reply to MAIL FROM)',
      fields,
    );
    expect(told?.recipients[0]).toMatchObject({
      email: 'bob@mail.example',
      status: '5.7.1',
      reason: 'authfailure',
      hard: false,
    });
  });
});

describe('a feedback report', () => {
  const feedback = (type: string) =>
    report(
      'From: feedback@isp.example',
      'Subject: FW: Offer',
      'Content-Type: multipart/report; report-type=feedback-report; boundary=b',
      '',
      '--b',
      '',
      'This is an email abuse report.',
      '--b',
      'Content-Type: message/feedback-report',
      '',
      `Feedback-Type: ${type}`,
      'Original-Rcpt-To: <bob@mail.example>',
      '--b',
      'Content-Type: message/rfc822',
      '',
      ...RETURNED,
      'Hi',
      '--b--',
    );

  it('is a complaint only where a person complained', () => {
    const complaint = feedback('abuse');
    expect([complaint?.kind, complaint?.originalMessageId]).toEqual(['complaint', '<1@acme.example>']);
    expect(complaint?.recipients.map(({ email, hard }) => [email, hard])).toEqual([
      ['bob@mail.example', false],
    ]);
    expect(feedback('auth-failure')?.kind).toBe('feedback');
    expect(feedback('not-spam')?.kind).toBe('feedback');
  });
});

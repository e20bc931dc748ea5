import { describe, expect, it } from '@jest/globals';
import { dsn, report, told } from '#testing/bounces';

/** What stands in the fields of one recipient: action, status and diagnostic, and what it means; `-` for none. */
const FIELDS = `
  failed | 5.1.1 | x-unix; unknown user: "bob" | failed 5.1.1 userunknown hard
  failed | 5.2.2 | x-unix; maildir delivery failed: error writing message: Disk quota exceeded | failed 5.2.2 mailboxfull
  failed | 5.3.0 | x-unix; Command died with status 127: "/usr/bin/mail-filter" | failed 5.3.0 mailererror
  failed | 4.3.0 | x-unix; temporary failure | failed 4.3.0 mailererror
  failed | 5.2.2 | lmtp; 552 5.2.2 Over quota | failed 5.2.2 mailboxfull
  failed | 5.4.4 | X-Postfix; Host or domain name not found. Name service error for name=mail.example type=AAAA: Host not found | failed 5.4.4 hostunknown hard
  failed | 4.4.1 | X-Postfix; connect to mx.mail.example[192.0.2.9]:25: Connection refused | failed 4.4.1 expired
  failed | 5.4.6 | X-Postfix; mail forwarding loop for bob@mail.example | failed 5.4.6 networkerror
  failed | 5.1.0 | X-Postfix; Domain mail.example does not accept mail (nullMX) | failed 5.1.0 notaccept hard
  failed | 5.0.0 | X-Notes; User bob not listed in Domino Directory | failed 5.0.0 userunknown hard
  failed | 5.0.0 | X-Notes; Der Benutzer bob ist nicht im Domino-Verzeichnis aufgeführt | failed 5.0.0 userunknown hard
  failed | 5.0.0 | X-Notes; L'utilisateur bob n'est pas répertorié dans l'annuaire Domino | failed 5.0.0 userunknown hard
  failed | 5.0.0 | X-Notes; Router: Database disk quota exceeded | failed 5.0.0 mailboxfull
  failed | 5.0.0 | smtp; 550 Das Postfach des Empfängers ist voll | failed 5.0.0 mailboxfull
  failed | 5.0.0 | X-Local; unknown domain mail.example | failed 5.0.0 hostunknown hard
  failed | 5.0.0 | smtp; 5.4.7 - Delivery expired (message too old) 'timeout' (delivery attempts: 9) | failed 5.4.7 expired
  failed | 5.0.0 | smtp; 5.1.2 - Bad destination host 'DNS Hard Error looking up mail.example (MX):  NXDomain' | failed 5.1.2 hostunknown hard
  failed | 5.4.7 | smtp; 451 4.7.1 Try again later | failed 5.4.7 expired
  failed | 5.1.1 (unknown or illegal user: bob) | - | failed 5.1.1 userunknown hard
  failed | 5.4.4 (Illegal host/domain name found) | - | failed 5.4.4 hostunknown hard
  failed | 4.4.7 (unable to deliver this message after 3 days) | - | failed 4.4.7 expired
  failed | - | smtp; 550 5.1.1 User unknown | failed 5.1.1 userunknown hard
  - | 5.2.2 | smtp; 552 Mailbox full | failed 5.2.2 mailboxfull
  delayed | - | smtp; 451 try later | delayed 4.0.0 expired
  delayed | 4.4.1 | smtp; The recipient server did not accept our requests to connect. | delayed 4.4.1 expired
  relayed (to non-DSN-aware mailer) | 2.1.9 | - | delivered 2.1.9 delivered
  expanded | 2.0.0 | - | delivered 2.0.0 delivered
`;

it.each(
  FIELDS.trim()
    .split('\n')
    .map((line) => line.split('|').map((field) => field.trim()) as [string, string, string, string]),
)('%s, %s, %s: %s', (action, status, diagnostic, row) => {
  const fields = [
    ['Action', action],
    ['Status', status],
    ['Diagnostic-Code', diagnostic],
  ]
    .filter(([, value]) => value !== '-')
    .map((field) => field.join(': '));
  const read = dsn('See below.', ['Final-Recipient: rfc822; bob@mail.example', ...fields]);
  expect(told(read)).toEqual([`bob@mail.example ${row}`]);
});

it('a host whose name begins like a command is none', () => {
  const read = dsn('<bob@mail.example>: no account for mail.example, unknown user: bob', [
    'Final-Recipient: rfc822; bob@mail.example',
    'Action: failed',
    'Status: 5.0.0',
  ]);
  expect(told(read)).toEqual(['bob@mail.example failed 5.0.0 userunknown hard']);
});

it.each(['450 4.0.0 Temporary failure', '554 5.0.0 Unknown failure'])(
  'a rule of Amazon SES that only refuses tells no reason: %s',
  (said) => {
    const read = report(
      'From: MAILER-DAEMON@inbound-smtp.eu-west-1.amazonaws.com',
      'To: agent@acme.example',
      'Subject: Delivery Status Notification (Failure)',
      'Content-Type: multipart/report; report-type=delivery-status; boundary=b',
      '',
      '--b',
      '',
      'This message could not be delivered.',
      '--b',
      'Content-Type: message/delivery-status',
      '',
      'Reporting-MTA: dns; inbound-smtp.eu-west-1.amazonaws.com',
      '',
      'Action: failed',
      'Final-Recipient: rfc822; bob@mail.example',
      `Diagnostic-Code: smtp; ${said}`,
      `Status: ${said.slice(4, 9)}`,
      '--b--',
    );
    expect(told(read)).toEqual([`bob@mail.example failed ${said.slice(4, 9)} onhold`]);
  },
);

it('sendmail sums up in vaguer words what it found', () => {
  const transcript = [
    '553 5.3.5 mx.acme.example. config error: mail loops back to me (MX problem?)',
    '554 5.3.5 <bob@mail.example>... Local configuration error',
  ];
  const read = dsn(transcript.join('\r\n'), [
    'Final-Recipient: rfc822; bob@mail.example',
    'Action: failed',
    'Status: 5.3.5',
  ]);
  expect(told(read)).toEqual(['bob@mail.example failed 5.3.5 networkerror']);
});

describe('what Amazon SES tells without a code', () => {
  const bounce = (bounceType: string, bounceSubType: string) =>
    told(
      report(
        'From: AWS Notifications <no-reply@sns.amazonaws.com>',
        'To: agent@acme.example',
        'Subject: AWS Notification Message',
        'x-amz-sns-message-id: 1',
        '',
        JSON.stringify({
          notificationType: 'Bounce',
          bounce: { bounceType, bounceSubType, bouncedRecipients: [{ emailAddress: 'bob@mail.example' }] },
        }),
      ),
    );

  it.each([
    ['Permanent', 'NoEmail', '5.1.1 userunknown hard'],
    ['Transient', 'MailboxFull', '4.2.2 mailboxfull'],
    ['Transient', 'MessageTooLarge', '4.3.4 mesgtoobig'],
    ['Undetermined', 'Undetermined', '5.0.0 undefined'],
  ])('is taken from its types: %s, %s', (type, subType, row) => {
    expect(bounce(type, subType)).toEqual([`bob@mail.example failed ${row}`]);
  });
});

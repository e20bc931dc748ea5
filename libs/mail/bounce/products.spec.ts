import { expect, it } from '@jest/globals';
import { daemon, report, RETURNED, told } from '#testing/bounces';

/** What products write in words of their own: which one, its subject, its words, and what they mean. */
const NOTICES: readonly (readonly [string, string, string, ...string[]])[] = [
  [
    'sendmail',
    'Returned mail: User unknown',
    `
   ----- Transcript of session follows -----
While talking to mx.mail.example:
>>> RCPT To:<bob@mail.example>
<<< 550 <bob@mail.example>... User unknown
550 <bob@mail.example>... User unknown
>>> RCPT To:<eve@mail.example>
<<< 552 <eve@mail.example>... Mailbox full
552 <eve@mail.example>... Mailbox full

   ----- Unsent message follows -----`,
    'bob@mail.example failed 5.0.0 userunknown hard',
    'eve@mail.example failed 5.0.0 mailboxfull',
  ],
  [
    'sendmail, after days',
    'Returned mail: Cannot send message within 3 days',
    `
   ----- Transcript of session follows -----
421 mx.mail.example (tcp)... Deferred: Connection timed out during user open with mx.mail.example
550 <bob@mail.example>... Cannot send message within 3 days

   ----- Unsent message follows -----`,
    'bob@mail.example failed 5.0.0 expired',
  ],
  [
    'exim, of two',
    'Mail delivery failed: returning message to sender',
    `
A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  bob@mail.example
    SMTP error from remote mail server after RCPT TO:<bob@mail.example>:
    host mx.mail.example [192.0.2.9]: 550 5.1.1 <bob@mail.example>:
    Recipient address rejected: User unknown in relay recipient table
  ann@corp.example
    mailbox is full: retry timeout exceeded

------ This is a copy of the message, including all the headers. ------`,
    'bob@mail.example failed 5.1.1 userunknown hard',
    'ann@corp.example failed 5.0.0 mailboxfull',
  ],
  [
    'exim, still trying',
    'Warning: message 1uTabc-0000AB-1c delayed 24 hours',
    `
A message that you sent has not yet been delivered to one or more of its
recipients after more than 24 hours on the queue on mx.example.

The address to which the message has not yet been delivered is:

  bob@mail.example
    Delay reason: SMTP error from remote mail server after RCPT TO:<bob@mail.example>:
    451 Temporary local problem - please try later

No action is required on your part. Delivery attempts will continue for some time.`,
    'bob@mail.example delayed 4.0.0 expired',
  ],
  [
    'qmail, of three',
    'failure notice',
    `
I'm afraid I wasn't able to deliver your message to the following addresses.

<bob@mail.example>:
192.0.2.9 does not like recipient.
Remote host said: 550 sorry, no such user
Giving up on 192.0.2.9.

<eve@mail.example>:
192.0.2.9 failed after I sent the message.
Remote host said: 554 5.7.1 This message has been identified as spam

<ann@corp.example>:
Sorry, I couldn't find any host named corp.example. (#5.1.2)

--- Below this line is a copy of the message.`,
    'bob@mail.example failed 5.0.0 userunknown hard',
    'eve@mail.example failed 5.7.1 spamdetected',
    'ann@corp.example failed 5.1.2 hostunknown hard',
  ],
  [
    'vpopmail',
    'failure notice',
    `
<bob@mail.example>:
user does not exist, but will deliver to /home/vpopmail/domains/mail.example/eve/
can not open new email file errno=2 file=/home/vpopmail/domains/mail.example/eve/Maildir/tmp/1

--- Below this line is a copy of the message.`,
    'bob@mail.example failed 5.0.0 mailererror',
  ],
  [
    'Yahoo',
    'Failure Notice',
    `
Sorry, we were unable to deliver your message to the following address.

<bob@mail.example>:
No MX or A records for mail.example

--- Below this line is a copy of the message.`,
    'bob@mail.example failed 5.0.0 hostunknown hard',
  ],
  [
    'Exchange 2003',
    'Undeliverable: Offer',
    `
Your message did not reach some or all of the intended recipients.

      Subject:	Offer
      Sent:	3/3/2026 10:00 AM

The following recipient(s) could not be reached:

      bob@mail.example on 3/3/2026 10:00 AM
            The e-mail account does not exist at the organization this message was sent to.
            <mx.example #5.1.1>

      eve@mail.example on 3/3/2026 10:00 AM
            The recipient's mailbox is full and can't accept messages now.
            <mx.example #5.2.2>
`,
    'bob@mail.example failed 5.1.1 userunknown hard',
    'eve@mail.example failed 5.2.2 mailboxfull',
  ],
  [
    'Exchange, still trying, in German',
    'Benachrichtigung zum Zustellstatus',
    `
SIE MÜSSEN DIE NACHRICHT NICHT ERNEUT SENDEN.

Die Übermittlung an folgende Empfänger wurde verzögert.

       bob@mail.example
`,
    'bob@mail.example delayed 4.0.0 expired',
  ],
  [
    'Notes',
    'Undeliverable message',
    `
------- Failure Reasons  --------

User not listed in public Name & Address Book
bob@mail.example

Benutzer nicht im öffentlichen Adressbuch gefunden
eve@mail.example

------- Returned Message --------`,
    'bob@mail.example failed 5.0.0 userunknown hard',
    'eve@mail.example failed 5.0.0 userunknown hard',
  ],
  [
    'Notes, in words that nobody can read',
    'Undeliverable message',
    `
------- Failure Reasons  --------

$B%(%i!<(B
bob@mail.example

------- Returned Message --------`,
    'bob@mail.example failed 5.0.0 onhold',
  ],
  [
    'qmail, of a host without a place for mail',
    'failure notice',
    `
Hi. This is the qmail-send program at mx.acme.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<bob@mail.example>:
Sorry, I couldn't find a mail exchanger or IP address. (#5.4.4)
`,
    'bob@mail.example failed 5.4.4 notaccept hard',
  ],
  [
    'IMail',
    'Undeliverable Mail',
    `
User mailbox exceeds allowed size: bob@mail.example

Original message follows.`,
    'bob@mail.example failed 5.0.0 mailboxfull',
  ],
  [
    'GMX',
    'Mail delivery failed: returning message to sender',
    `
"bob@mail.example":
SMTP error from remote server after RCPT command:
host: mx.mail.example
5.1.1 <bob@mail.example>... User Unknown

"ann@corp.example":
delivery retry timeout exceeded

--- The header of the original message is following. ---`,
    'bob@mail.example failed 5.1.1 userunknown hard',
    'ann@corp.example failed 5.0.0 expired',
  ],
  [
    'hMailServer',
    'Message undeliverable: Offer',
    `
The following recipient(s) could not be reached:

bob@mail.example
   Error Type: DNS
   Error: No mail servers appear to exist for the recipient's address.
   Additional information: Please check that you have not misspelled the recipient's email address.
`,
    'bob@mail.example failed 5.0.0 hostunknown hard',
  ],
  [
    'MDaemon',
    'Permanent Delivery Failure',
    `
The attached message had PERMANENT fatal delivery errors!

The following e-mail address(es) were affected:

  --> bob@mail.example

Session Transcript:
Tue 2026-03-03 10:00:01: --> RCPT To:<bob@mail.example>
Tue 2026-03-03 10:00:01: <-- 550 5.1.1 <bob@mail.example>: Recipient address rejected: User unknown
--- End Transcript ---
`,
    'bob@mail.example failed 5.1.1 userunknown hard',
  ],
  [
    'a system of Openwave',
    'Mail System Error - Returned Mail',
    `
Your message was not delivered because the destination computer was
not reachable within the allowed queue period.

Your message was not delivered within 3 days.
Host mx.mail.example is not responding.

The following recipients did not receive your message:

     <bob@mail.example>
`,
    'bob@mail.example failed 5.0.0 expired',
  ],
  [
    'KDDI',
    'Delivery failure notice',
    `
Your mail sent on: Tue, 3 Mar 2026 10:00:00 +0900
Could not be delivered to: <bob@mail.example>
As their mailbox is full.
`,
    'bob@mail.example failed 5.0.0 mailboxfull',
  ],
  [
    'Coremail',
    '退信通知',
    `
您发送到bob@mail.example的邮件被退回，原因：该用户不存在。
`,
    'bob@mail.example failed 5.0.0 userunknown hard',
  ],
  [
    'QQ',
    '来自qq.com的退信',
    `
退信原因：收件人邮件地址（bob@mail.example）不存在，邮件无法送达。
`,
    'bob@mail.example failed 5.0.0 userunknown hard',
  ],
  [
    'a Japanese system',
    '配信エラー通知',
    `
宛先: bob@mail.example
理由: 宛先のメールアドレスが存在しないため、配信できませんでした。
`,
    'bob@mail.example failed 5.0.0 userunknown hard',
  ],
  [
    'an Italian system',
    'Mancata consegna: Offer',
    `
Il messaggio non è stato consegnato ai seguenti destinatari:

<bob@mail.example>: la casella di posta del destinatario è piena
`,
    'bob@mail.example failed 5.0.0 mailboxfull',
  ],
  [
    'one that gave up on what was passing',
    'Delivery status notification',
    `
Delivery to the following recipients was aborted after 24.0 hour(s):

  * bob@mail.example

SMTP:host mx.mail.example refused to talk to us: 421 Service not available
`,
    'bob@mail.example failed 4.0.0 expired',
  ],
  [
    'one that names several in a row',
    'Undeliverable mail',
    `
Your mail was not delivered to bob@mail.example, <eve@mail.example>; "ann@corp.example": mailbox full
`,
    'bob@mail.example failed 5.0.0 mailboxfull',
    'eve@mail.example failed 5.0.0 mailboxfull',
    'ann@corp.example failed 5.0.0 mailboxfull',
  ],
  [
    'one that names an address within another',
    'Undeliverable mail',
    `
ob@mail.example: 552 mailbox full

bob@mail.example: 550 5.1.1 user unknown
`,
    'ob@mail.example failed 5.0.0 mailboxfull',
    'bob@mail.example failed 5.1.1 userunknown hard',
  ],
  [
    'one that writes the command with its answer',
    'Mail Delivery Failure',
    `
RCPT TO:<bob@mail.example> 550 Invalid recipient: <bob@mail.example>
`,
    'bob@mail.example failed 5.0.0 userunknown hard',
  ],
];

it.each(NOTICES)('what %s writes is read', (_, subject, words, ...rows) => {
  const header = [...daemon(subject), 'Content-Type: text/plain; charset=utf-8', ''];
  expect(told(report(...header, ...words.split('\n'), '', ...RETURNED, 'Hi'))).toEqual(rows);
});

it('the copy of a message is known though every line of it is marked', () => {
  const copy = ['Received: from a.example by b.example;', '\tThu, 1 Jan 2026 00:00:00 +0000', ...RETURNED];
  const notice = ['This was not delivered:', '', '  bob@mail.example   (unknown user)', ''];
  const read = report(...daemon('Returned mail'), '', ...notice, ...copy.map((line) => `> ${line}`));
  expect([read?.originalMessageId, ...told(read)]).toEqual([
    '<1@acme.example>',
    'bob@mail.example failed 5.0.0 userunknown hard',
  ]);
});

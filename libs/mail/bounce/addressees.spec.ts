import { expect, it } from '@jest/globals';
import { daemon, dsn, report, RETURNED } from '#testing/bounces';

const addressees = (...notice: string[]) =>
  report(...daemon('Mail delivery failed'), '', ...notice)?.recipients.map(({ email }) => email);

it.each([
  'Local mailbox user7@mail.example is unavailable: user not found',
  'Account tom@mail.example is unknown here, so that it could not be delivered.',
  'The mailbox forest@mail.example does not exist, not delivered.',
  'Delivery failed for the account withers@mail.example',
])('an address that begins like a word in front of one stays whole: %s', (words) => {
  const [address] = /\S+@[\w.]+/.exec(words)!;
  expect(addressees(words)).toEqual([address]);
});

it('nobody but the sender is named: nobody is told of', () => {
  expect(
    addressees(
      'Your message could not be delivered: they do not accept',
      'mail from bounce+1@acme.example with attachments.',
    ),
  ).toEqual([null]);
});

it('whom a summary of the message names counts where the notice names nobody else', () => {
  expect(addressees('We were not able to deliver it.', 'Subject: Offer', 'To: bob@mail.example')).toEqual([
    'bob@mail.example',
  ]);
});

it('an X.400 name holds the address', () => {
  expect(
    addressees(
      'Your message',
      '  To:      team@mail.example',
      'did not reach the following recipient(s):',
      '',
      'c=GB;a= ;p=MAIL;o=Hub;dda:SMTP=bob@mail.example; on Mon, 2 Mar 2026 10:00:00',
      '    The recipient name is not recognized',
    ),
  ).toEqual(['bob@mail.example']);
});

it.each([
  ['exim', '  robert@inner.example', '    (ultimately generated from bob@mail.example)'],
  ['exim, where it hides the address', '  an undisclosed address', '    (generated from bob@mail.example)'],
  ['sendmail', '<robert@inner.example>', '    (expanded from: <bob@mail.example>)'],
])('an alias counts for what it led to: %s', (_, ...lines) => {
  expect(addressees('The following address(es) failed:', '', ...lines, '    retry timeout exceeded')).toEqual(
    ['bob@mail.example'],
  );
});

it('an alias that only the notice of a delivery status tells of counts too', () => {
  const read = dsn('  robert@inner.example\n    (generated from bob@mail.example)\n    User unknown', [
    'Final-Recipient: rfc822; robert@inner.example',
    'Action: failed',
    'Status: 5.1.1',
  ]);
  expect(read?.recipients.map(({ email }) => email)).toEqual(['bob@mail.example']);
});

it('mail that was forwarded to an address that failed is not about whom the report is for', () => {
  expect(
    report(
      ...daemon('Mail delivery failed'),
      '',
      '  bob@mail.example',
      '    (generated from agent@acme.example)',
      '    Unrouteable address',
      '',
      ...RETURNED,
    )?.recipients.map(({ email }) => email),
  ).toEqual(['bob@mail.example']);
});

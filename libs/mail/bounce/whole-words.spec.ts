import { expect, it } from '@jest/globals';
import { daemon, dsn, report, told } from '#testing/bounces';

const noticed = (...notice: string[]) =>
  told(report(...daemon('Mail delivery failed'), '', 'The mail was undeliverable:', '', ...notice));

it.each([
  ['generated', '  bob@mail.example', '    this was generated from the address of a session', 'undefined'],
  ['undisclosed', '  bob@mail.example', '    an address that is undisclosed', 'undefined'],
  ['successfully', '  bob@mail.example', '    the user was not notified successfully', 'undefined'],
  ['garbled', '  bob@mail.example', '    the server answered with garbled words', 'undefined'],
])('a word inside another one tells nothing: %s', (_, ...lines) => {
  const reason = lines.pop();
  expect(noticed(...lines)).toEqual([`bob@mail.example failed 5.0.0 ${reason}`]);
});

it('the end of "recipient" is no IP address', () => {
  const read = dsn('See below.', [
    'Final-Recipient: rfc822; bob@mail.example',
    'Action: failed',
    'Status: 5.1.1',
    'Diagnostic-Code: smtp; 550 <bob@mail.example> recipient rejected',
  ]);
  expect(told(read)).toEqual(['bob@mail.example failed 5.1.1 userunknown hard']);
});

it.each([
  'This mail has been scanned for viruses by the gateway of Mail Ltd.',
  'The content was checked by Acme antivirus and has no virus.',
  'Virus-free. Checked for all known viruses.',
])('what a scanner adds to every mail is no finding: %s', (footer) => {
  const status = (code: string, ...words: string[]) =>
    dsn([...words, '', footer].join('\n'), [
      'Final-Recipient: rfc822; bob@mail.example',
      'Action: failed',
      `Status: ${code}`,
    ]);
  expect(told(status('5.1.1'))).toEqual(['bob@mail.example failed 5.1.1 userunknown hard']);
  expect(told(status('5.1.1', 'It held a virus: Worm.Example.'))).toEqual([
    'bob@mail.example failed 5.1.1 virusdetected',
  ]);
});

const transcript = (...dialogue: string[]) =>
  noticed(
    '   ----- The following addresses had permanent fatal errors -----',
    '<bob@mail.example>',
    '',
    '   ----- Transcript of session follows -----',
    '... while talking to mx.mail.example.:',
    ...dialogue,
  );

it.each(['503 5.5.1 No recipients', '503 Need RCPT (recipient)', '554 5.5.1 Error: no valid recipients'])(
  'an answer to DATA that was sent along hides no refusal: %s',
  (consequence) => {
    expect(
      transcript(
        '>>> DATA',
        '<<< 552 5.2.2 Over quota',
        '554 5.0.0 Service unavailable',
        `<<< ${consequence}`,
      ),
    ).toEqual(['bob@mail.example failed 5.2.2 mailboxfull']);
    expect(transcript('>>> DATA', '<<< 550 5.3.0 No such user', `<<< ${consequence}`)).toEqual([
      'bob@mail.example failed 5.3.0 userunknown hard',
    ]);
  },
);

it('a refusal of the message itself stays one of the message', () => {
  expect(transcript('>>> DATA', '<<< 550 5.3.0 No such user')).toEqual([
    'bob@mail.example failed 5.3.0 filtered',
  ]);
});

it.each([
  ['Your server requires confirmation, see https://mail.example/confirm', 'rejected'],
  ['The sender must be verified before it may write to bob@mail.example', 'rejected'],
  ['Sender not pre-approved. Follow the instructions above.', 'rejected'],
])('who asks to be confirmed first has the mailbox: %s', (words, reason) => {
  const read = dsn('<bob@mail.example>: refused (in reply to RCPT TO command)', [
    'Final-Recipient: rfc822; bob@mail.example',
    'Action: failed',
    'Status: 5.0.0',
    `Diagnostic-Code: smtp; 550 ${words}`,
  ]);
  expect(told(read)).toEqual([`bob@mail.example failed 5.0.0 ${reason}`]);
});

it('hosts that failed for long let the time pass', () => {
  expect(noticed('  bob@mail.example', '    all hosts have been failing for a long time')).toEqual([
    'bob@mail.example failed 5.0.0 expired',
  ]);
});

it('a full mailbox is one in either order of the words', () => {
  expect(noticed('"bob@mail.example"', '', 'has failed due to a full mailbox.')).toEqual([
    'bob@mail.example failed 5.0.0 mailboxfull',
  ]);
});

import { describe, expect, it } from '@jest/globals';
import { forgedResults } from './forged-results.js';
import { parseMessage } from './parse-message.js';

/** A message of these lines, in CRLF form; what is not ASCII goes out as UTF-8. */
const mail = (...lines: string[]) => parseMessage(Buffer.from(lines.join('\r\n')));

describe('the header of a message', () => {
  it('is decoded, unfolded and summed up', () => {
    const { headers, hops, automatic } = mail(
      'Received: from x by y; Tue, 3 Mar 2026 10:00:02 +0000',
      'Received: from w by x; Tue, 3 Mar 2026 10:00:01 +0000',
      'From: =?utf-8?B?SsO8cmdlbg==?= <J@Mail.Example>',
      'To: Ann <ann@mail.example>,',
      '\tbob@mail.example',
      'Subject: =?utf-8?Q?Gr=C3=BC?= =?utf-8?Q?=C3=9Fe?=',
      '  from =?iso-2022-jp?B?GyRCRnxLXBsoQg==?=',
      'Date: Tue, 3 Mar 2026 12:00:00 +0200 (EET)',
      'Message-ID: <3@mail.example>',
      'In-Reply-To: Your message <2@mail.example>',
      'References: <1@mail.example>',
      ' <2@mail.example> <1@mail.example>',
      '',
      'Hi',
    );
    expect(headers).toEqual({
      from: { email: 'J@mail.example', name: 'Jürgen' },
      to: [
        { email: 'ann@mail.example', name: 'Ann' },
        { email: 'bob@mail.example', name: null },
      ],
      cc: [],
      replyTo: [],
      subject: 'Grüße from 日本',
      date: '2026-03-03T10:00:00.000Z',
      messageId: '<3@mail.example>',
      inReplyTo: '<2@mail.example>',
      references: ['<1@mail.example>', '<2@mail.example>'],
    });
    expect([hops, automatic]).toEqual([2, false]);
  });

  it('joins a character that a mailer cut in two, and reads raw UTF-8 and raw Latin-1', () => {
    expect(mail('Subject: =?utf-8?B?4oI=?= =?utf-8?B?rA==?=', '', '').headers.subject).toBe('€');
    expect(mail('Subject: Grüße', '', '').headers.subject).toBe('Grüße');
    expect(parseMessage(Buffer.from('Subject: Gr\xfc\xdfe\n\n', 'latin1')).headers.subject).toBe('Grüße');
  });

  it.each([
    ['Auto-Submitted: auto-replied', true],
    ['Auto-Submitted: no', false],
    ['Precedence: bulk', true],
    ['List-Id: <list.mail.example>', true],
    ['List-Unsubscribe: <https://mail.example/u>', true],
    ['Return-Path: <>', true],
    ['Content-Type: multipart/report; report-type=delivery-status', true],
    ['X-Priority: 1', false],
  ])('tells mail that nobody waits to have answered: %s', (field, automatic) => {
    expect(mail('From: a@a.example', field, '', 'x').automatic).toBe(automatic);
  });

  it('ends where the body begins, even without an empty line, and overlooks what is no field', () => {
    const { headers, text } = parseMessage(
      Buffer.from('From a@a.example Tue\nSubject: a\nstray\nTo: b@b.example\nHello\nthere\n'),
    );
    expect([headers.subject, headers.to[0]?.email, text]).toEqual(['a', 'b@b.example', 'Hello\nthere\n']);
  });

  it('goes on behind lines whose folding lost its white space', () => {
    const folded = mail(
      'Received: from a.example',
      'by b.example',
      'for <ann@a.example>',
      'Subject: one',
      'two',
      'three',
      'From: Ann',
      '__',
      ' <ann@a.example>',
      'Content-Type: text/plain;',
      'charset=koi8-r',
      'MIME-Version: 1.0',
      '',
      'x',
    );
    expect([folded.headers.subject, folded.text]).toEqual(['one two three', 'x']);
    expect(folded.headers.from?.email).toBe('ann@a.example');
    const russian = (...lines: string[]) =>
      parseMessage(Buffer.from([...lines, '', '\xf0\xd2\xc9'].join('\r\n'), 'latin1')).text;
    expect(russian('Content-Type: text/plain;', 'charset=koi8-r')).toBe('При');
    expect(russian('Content-Type: text/plain;', 'charset=koi8-r', 'Subject: x')).toBe('При');
  });

  it('does not go on where it is only text that speaks of a field', () => {
    const body = 'Hello Ann,\r\nlook here:\r\nSubject: offers\r\nyours\r\n';
    const { headers, text } = mail('To: ann@a.example', body);
    expect([headers.subject, text]).toEqual(['', body.replace(/\r\n/g, '\n')]);
  });

  it.each([
    ['one two three', 'Subject: one\r\n\ttwo\r\n\t three'],
    ['one two', 'Subject: one\r\n  \r\n two'],
    ['one', 'Subject:\r\n one'],
    ['one', 'SUBJECT : one'],
    ['one', 'Subject:one\r\nSubject: two'],
    ['a b', 'Subject: a\0b'],
    ['', 'Subject:'],
    ['a '.repeat(5_000).trim(), `Subject: ${'a '.repeat(5_000)}`],
  ])('has the subject %j', (subject, field) => {
    expect(mail(field, 'To: ann@a.example', '', 'x').headers).toMatchObject({
      subject,
      to: [{ email: 'ann@a.example' }],
    });
  });

  it('shows the first of several authors, and the sender where there is none', () => {
    const from = (...fields: string[]) => mail(...fields, '', 'x').headers.from?.email;
    expect(from('From: ann@a.example, bob@b.example')).toBe('ann@a.example');
    expect(from('From: ann@a.example', 'From: bob@b.example')).toBe('ann@a.example');
    expect(from('Sender: ann@a.example')).toBe('ann@a.example');
  });

  it('gives the exact bytes of results that somebody forged in our name', () => {
    const raw = Buffer.from(
      'authentication-results: mx.gent.example;\r\n spf=pass\r\nAuthentication-Results: other.example; spf=fail\r\nAuthentication-Results: (x) "MX.gent.example" 1; none\r\n\r\n',
    );
    const forged = forgedResults(raw, 'mx.gent.example');
    expect(forged.map(({ start, end }) => raw.toString('utf8', start, end))).toEqual([
      'authentication-results: mx.gent.example;\r\n spf=pass\r\n',
      'Authentication-Results: (x) "MX.gent.example" 1; none\r\n',
    ]);
  });

  it.each([
    ['a comment of any length', `(${'x'.repeat(9_000)}) mx.gent.example; spf=pass`],
    ['a comment with a bracket that opens none', '(\\() mx.gent.example; spf=pass'],
    ['one with a bracket that closes none', '(\\)) mx.gent.example; spf=pass'],
    ['quoted letters', '"mx\\.gent.example"; spf=pass'],
    ['the dot of the root', 'mx.gent.example.; spf=pass'],
    ['a version', 'mx.gent.example/1; spf=pass'],
  ])('sees our name behind %s', (_, value) => {
    const raw = Buffer.from(`Authentication-Results: ${value}\r\n\r\n`);
    expect(forgedResults(raw, 'mx.gent.example')).toHaveLength(1);
  });

  it.each(['(mx.gent.example) other.example', 'mx.gent.example.org', '"(mx.gent.example"'])(
    'leaves %s alone',
    (value) => {
      const raw = Buffer.from(`Authentication-Results: ${value}; spf=pass\r\n\r\n`);
      expect(forgedResults(raw, 'mx.gent.example')).toEqual([]);
    },
  );
});

import { describe, expect, it } from '@jest/globals';
import { parseMessage } from './parse-message.js';

/** A message of these lines, in CRLF form; what is not ASCII goes out as UTF-8. */
const mail = (...lines: string[]) => parseMessage(Buffer.from(lines.join('\r\n')));
const part = (...lines: string[]) => ['--b', ...lines];
const mixed = (...parts: string[][]) =>
  mail('From: a@a.example', 'Content-Type: multipart/mixed; boundary=b', '', ...parts.flat(), '--b--', '');

describe('the body of a message', () => {
  it.each([
    ['utf-8', '8bit', Buffer.from('Grüße')],
    ['iso-8859-1', 'quoted-printable', Buffer.from('Gr=FC=DFe')],
    ['windows-1252', 'base64', Buffer.from('R3L832U=')],
    ['cp850', '8bit', Buffer.from('Gr\x81\xe1e', 'latin1')],
    ['utf-7', '7bit', Buffer.from('Gr+APwA3w-e')],
    ['utf-16le', 'base64', Buffer.from(Buffer.from('Grüße', 'utf16le').toString('base64'))],
    ['made-up', '8bit', Buffer.from('Grüße')],
  ])('is read in %s, %s', (charset, encoding, content) => {
    const head = `Content-Type: text/plain; charset="${charset}"\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n`;
    expect(parseMessage(Buffer.concat([Buffer.from(head), content])).text).toBe('Grüße');
  });

  it('has its soft line breaks undone', () => {
    const qp = [
      'Content-Transfer-Encoding: quoted-printable',
      '',
      'one =',
      'line',
      'two=20',
      'three   ',
      'a=ZZb',
    ];
    expect(mail(...qp).text).toBe('one line\ntwo \nthree\na=ZZb');
    const flowed = [
      'Content-Type: text/plain; format=flowed',
      '',
      'one ',
      'line',
      '> quoted ',
      '> too',
      '-- ',
      'Ann',
    ];
    expect(mail(...flowed).text).toBe('one line\n> quoted too\n-- \nAnn');
  });

  it('comes in the form that each reader wants, and what is no body is attached', () => {
    const message = mail(
      'Content-Type: multipart/mixed; boundary=b',
      '',
      'preamble',
      '--b',
      'Content-Type: multipart/related; boundary=r',
      '',
      '--r',
      'Content-Type: multipart/alternative; boundary=a',
      '',
      '--a',
      '',
      'plain',
      '--a',
      'Content-Type: text/html',
      '',
      '<p>rich <img src="cid:i@x"></p>',
      '--a',
      'Content-Type: text/calendar; method=REQUEST',
      '',
      'BEGIN:VCALENDAR',
      '--a--',
      '--r',
      'Content-Type: image/png; name=dot.png',
      'Content-ID: <i@x>',
      'Content-Disposition: inline',
      'Content-Transfer-Encoding: base64',
      '',
      'AAEC',
      '--r--',
      '--b',
      'Content-Type: text/plain; name=notes.txt',
      'Content-Disposition: attachment',
      '',
      'notes',
      '--b',
      'Content-Type: message/rfc822',
      '',
      'Subject: Inner: the story',
      'Content-Type: multipart/mixed; boundary=q',
      '',
      '--q',
      '',
      'inner',
      '--q--',
      '--b--',
      'epilogue',
    );
    expect([message.text, message.html, message.calendar]).toEqual([
      'plain',
      '<p>rich <img src="cid:i@x"></p>',
      true,
    ]);
    const shape = message.attachments.map(({ filename, contentType, contentId, disposition, content }) => [
      filename,
      contentType,
      contentId,
      disposition,
      content.length,
    ]);
    expect(shape).toEqual([
      ['attachment-1.ics', 'text/calendar', null, 'attachment', 15],
      ['dot.png', 'image/png', 'i@x', 'inline', 3],
      ['notes.txt', 'text/plain', null, 'attachment', 5],
      ['Inner the story.eml', 'message/rfc822', null, 'attachment', 91],
    ]);
  });

  it('is derived from the HTML where there is nothing else', () => {
    const html =
      '<html><head><title>no</title><style>p{}</style></head><body><h1>Offer</h1><p>Dear&nbsp;Ann,<br>see ' +
      '<a href="https://a.example/x?a=1&amp;b=2">the list</a>:</p><ul><li>one<li>two</ul>' +
      '<script>alert("<p>")</script><blockquote>old <b>words</b></blockquote>5 &lt; 6 &euro; <!-- no --></body></html>';
    expect(mail('Content-Type: text/html; charset=utf-8', '', html).text).toBe(
      'Offer\n\nDear Ann,\nsee the list [https://a.example/x?a=1&b=2]:\n\n- one\n- two\n\n> old words\n\n5 < 6 €',
    );
  });

  it('is derived from the HTML where the text beside it is empty', () => {
    const beside = (text: string, html: string) =>
      mail(
        'Content-Type: multipart/alternative; boundary=b',
        '',
        ...['--b', 'Content-Type: text/plain', '', text],
        ...['--b', 'Content-Type: text/html', '', html, '--b--'],
      );
    const { text, extractedText, snippet, html } = beside(' \r\n', '<p>Dear Ann</p>');
    expect([text, extractedText, snippet, html]).toEqual([
      'Dear Ann',
      'Dear Ann',
      'Dear Ann',
      '<p>Dear Ann</p>',
    ]);
    expect(beside('plain', '<p>rich</p>').text).toBe('plain');
    expect(beside('', '<img src="cid:x">').text).toBe('');
  });

  it('gives a snippet of one line that cuts no character', () => {
    expect(mail('', 'Hello\u200b   there,\r\n\r\nAnn').snippet).toBe('Hello there, Ann');
    const { snippet } = mail('', '😀'.repeat(300));
    expect(snippet.length).toBeLessThanOrEqual(200);
    expect(snippet.isWellFormed()).toBe(true);
    expect(mail('', 'Yes.', '', 'On Tue, 3 Mar 2026, Ann <a@a.example> wrote:', '> Well?').snippet).toBe(
      'Yes.',
    );
  });
});

describe('an attachment', () => {
  const named = (...lines: string[]) => mixed(part(...lines, '', 'x')).attachments[0]?.filename;

  it.each([
    ['report.pdf', 'Content-Disposition: attachment; filename=report.pdf'],
    ['Übersicht 2026.pdf', "Content-Disposition: attachment; filename*=utf-8''%C3%9Cbersicht%202026.pdf"],
    [
      'Übersicht.pdf',
      "Content-Disposition: attachment; filename*0*=iso-8859-1''%DCber; filename*1=sicht.pdf",
    ],
    ['Übersicht.pdf', 'Content-Disposition: attachment; filename="=?utf-8?Q?=C3=9Cbersicht.pdf?="'],
    ['Übersicht.pdf', 'Content-Disposition: attachment; filename=Übersicht.pdf'],
    ['passwd', 'Content-Disposition: attachment; filename="../../etc/passwd"'],
    ['evil.exe', 'Content-Disposition: attachment; filename="C:\\temp\\evil.exe"'],
    ['a b.txt', "Content-Disposition: attachment; filename*=utf-8''a%0D%0Ab.txt"],
    ['my file.txt', 'Content-Disposition: attachment; filename=my file.txt'],
    ['a;b.txt', 'Content-Disposition: attachment; filename="a;b.txt"; size=3'],
    ['attachment-1.jpg', 'Content-Type: image/jpeg'],
    ['x.bin', 'Content-Type: application/octet-stream; name="x.bin"'],
  ])('is called %s', (filename, field) => {
    expect(named(...(field.startsWith('Content-Type') ? [field] : ['Content-Type: image/jpeg', field]))).toBe(
      filename,
    );
  });

  it('that Outlook wrapped in a winmail.dat stands in its place', () => {
    const uint16 = (value: number) => Buffer.from([value & 255, value >> 8]);
    const uint32 = (value: number) =>
      Buffer.from([value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24]);
    const attribute = (id: number, value: Buffer) => [
      Buffer.of(2),
      uint32(id),
      uint32(value.length),
      value,
      uint16(0),
    ];
    const longName = Buffer.from('Übersicht.pdf\0', 'utf16le');
    const properties = Buffer.concat([
      ...[uint32(2), uint16(0x0003), uint16(0x3705), uint32(1)],
      ...[uint16(0x001f), uint16(0x3707), uint32(1), uint32(longName.length), longName],
    ]);
    const tnef = Buffer.concat(
      [
        [uint32(0x223e9f78), uint16(1)],
        attribute(0x0002800c, Buffer.from('Body\0')),
        attribute(0x00069002, Buffer.alloc(14)),
        attribute(0x00018010, Buffer.from('UBERSI~1.PDF\0')),
        attribute(0x0006800f, Buffer.from('%PDF')),
        attribute(0x00069005, properties),
      ].flat(),
    );
    const wrapped = (bytes: Buffer) =>
      mixed(
        part(
          'Content-Type: application/ms-tnef; name=winmail.dat',
          'Content-Transfer-Encoding: base64',
          '',
          bytes.toString('base64'),
        ),
      );
    const { text, attachments } = wrapped(tnef);
    expect(text).toBe('Body');
    expect(attachments.map(({ filename, content }) => [filename, Buffer.from(content).toString()])).toEqual([
      ['Übersicht.pdf', '%PDF'],
    ]);
    for (let end = 0; end < tnef.length; end += 7) expect(wrapped(tnef.subarray(0, end)).unparsed).toBeNull();
    expect(wrapped(Buffer.from('no tnef')).attachments[0]?.filename).toBe('winmail.dat');
  });
});

describe('a malformed message', () => {
  it('is shown as far as it goes', () => {
    expect(mail().text).toBe('');
    expect(mail('Content-Type: multipart/mixed', '', 'no boundary').text).toBe('no boundary');
    expect(mail('Content-Type: multipart/mixed; boundary=x', '', 'it never came').text).toBe('it never came');
    const cut = mail(
      'Content-Type: multipart/mixed; boundary=b',
      '',
      '--b',
      '',
      'first',
      '--b',
      'Content-Type: image/png',
      '',
      'x',
    );
    expect([cut.text, cut.attachments.length]).toEqual(['first', 1]);
    expect(mail('Content-Type: nonsense', '', 'text').text).toBe('text');
  });

  it('keeps inner parts apart from outer ones whose boundary begins like theirs', () => {
    const message = mail(
      ...[
        'Content-Type: multipart/mixed; boundary=b',
        '',
        '--b',
        'Content-Type: multipart/mixed; boundary=b1',
        '',
      ],
      ...['--b1', '', 'inner', '--b1x', 'still inner', '--b1--', '--b', '', 'outer', '--b--'],
    );
    expect(message.text).toBe('inner\n--b1x\nstill inner\nouter');
  });
});

import { describe, expect, it } from '@jest/globals';
import { dsn, report, told } from '#testing/bounces';

describe('the fields of a recipient', () => {
  it.each([
    ['Original-Recipient: utf-8; b\\x{F6}b@mail.example', 'böb@mail.example'],
    ['Original-Recipient: utf-8; \\x{5F20}@\\x{4F8B}.example', '张@例.example'],
    ['Original-Recipient: UTF-8;böb@mail.example', 'böb@mail.example'],
    ['Original-Recipient: utf-8; b\\x{D800}b\\x{0A}@mail.example', 'b\\x{D800}b\\x{0A}@mail.example'],
    ['Original-Recipient: rfc822; b\\x{F6}b@mail.example', 'b\\x{F6}b@mail.example'],
  ])('tell an address of RFC 6533: %s', (field, email) => {
    const read = dsn('See below.', [
      field,
      'Final-Recipient: rfc822; other@mail.example',
      'Action: failed',
      'Status: 5.1.1',
    ]);
    expect(read?.recipients.map((one) => one.email)).toEqual([email]);
  });

  it('may stand apart by an empty line', () => {
    const read = dsn(
      'See below.',
      ['Final-Recipient: rfc822; bob@mail.example', '', 'Action: failed', 'Status: 5.1.1'],
      ['Final-Recipient: rfc822; lost@mail.example'],
      [
        'Original-Recipient: rfc822; eve@mail.example',
        'Final-Recipient: rfc822; e@mail.example',
        '',
        'Action: failed',
        'Status: 5.2.2',
      ],
    );
    expect(told(read)).toEqual([
      'bob@mail.example failed 5.1.1 userunknown hard',
      'eve@mail.example failed 5.2.2 mailboxfull',
    ]);
  });

  it('that contradict each other count for a failure', () => {
    const fields = (action: string, status: string) =>
      dsn('See below.', ['Final-Recipient: rfc822; bob@mail.example', `Action: ${action}`, status]);
    expect(told(fields('failed', 'Status: 2.0.0'))).toEqual(['bob@mail.example failed 5.0.0 undefined']);
    // As long as delivery is tried nobody is lost.
    expect(told(fields('delayed', 'Status: 5.1.1'))).toEqual(['bob@mail.example delayed 5.1.1 userunknown']);
  });
});

it.each(['multipart/report', 'multipart/mixed'])(
  'a read receipt is no bounce, though untyped: %s',
  (type) => {
    const receipt = (...parts: string[]) =>
      report(
        'Return-Path: <>',
        'From: Postmaster <postmaster@mail.example>',
        'To: agent@acme.example',
        'Subject: Delivery status: not read',
        `Content-Type: ${type}; boundary=b`,
        '',
        '--b',
        '',
        'Your message was not delivered to a screen: it was deleted.',
        ...parts,
        '--b--',
      );
    expect(
      receipt(
        '--b',
        'Content-Type: message/disposition-notification',
        '',
        'Final-Recipient: rfc822; bob@mail.example',
        'Disposition: automatic-action/MDN-sent-automatically; deleted',
      ),
    ).toBeNull();
    expect(receipt()?.kind).toBe('bounce');
  },
);

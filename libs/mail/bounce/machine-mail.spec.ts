import { expect, it } from '@jest/globals';
import { report } from '#testing/bounces';

const written = (from: string, subject: string, text: string, ...header: string[]) =>
  report(
    'Return-Path: <>',
    `From: ${from}`,
    'To: agent@acme.example',
    `Subject: =?utf-8?B?${Buffer.from(subject).toString('base64')}?=`,
    ...header,
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: base64',
    '',
    Buffer.from(text).toString('base64'),
  );

/** Machines of all kinds write with a null sender, and name an address for questions. */
it.each([
  ['form@shop.example', '【送信完了】お問い合わせ', 'ご連絡ありがとうございます。\nhelp@shop.example'],
  ['news@shop.example', 'メルマガ配信のお知らせ', 'ご愛読ありがとうございます。配信停止: stop@shop.example'],
  ['MAILER-DAEMON@shop.example', '自動配信: 登録完了', 'ご登録ありがとうございます。\nhelp@shop.example'],
  [
    'noreply@parcel.example',
    'Delivery failed',
    'Your parcel could not be delivered today: ask@parcel.example',
  ],
  [
    'noreply@paket.example',
    'Zustellung fehlgeschlagen',
    'Ihr Paket wurde nicht zugestellt: info@paket.example',
  ],
  ['hr@firm.example', 'Your application was rejected', 'We are unable to process it. Ask ann@firm.example.'],
  [
    'root@host.example',
    'Cron error in backup',
    'Error: cannot send the file, unknown user. ops@host.example',
  ],
  ['bob@mail.example', 'Rejected: Meeting', 'Bob has rejected it. eve@mail.example was not invited.'],
  [
    'Mail System <postmaster@mail.example>',
    'Report domain: acme.example Submitter: mail.example Report-ID: <1>',
    'Undelivered and 550 5.7.1 rejected mail by eve@mail.example is in the attached report.',
  ],
])('what is no report stays none: %s, %s', (from, subject, text) => {
  expect(written(from, subject, text)).toBeNull();
});

it.each([
  ['gw@mx.example', '配信エラー通知', '送信できませんでした。\nbob@mail.example\n550 5.1.1 User unknown'],
  ['gw@mx.example', 'Delivery failed', 'Your message could not be delivered to bob@mail.example'],
  ['gw@mx.example', 'Unzustellbar', 'Ihre Nachricht an bob@mail.example wurde nicht zugestellt.'],
])('what says that mail was not delivered is one: %s, %s', (from, subject, text) => {
  expect(written(from, subject, text)?.recipients).toMatchObject([{ email: 'bob@mail.example' }]);
});

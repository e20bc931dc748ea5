import { parseMessage } from '#mail/message/parse-message';
import { ParserPool, POOL_LIMITS } from '#platform/parsing/parser-pool';
import { print, rate } from './figure.js';

const MILLISECONDS = 3_000;

/** Messages a second that are taken apart: on this thread, and through the pool. */
export const run = async (): Promise<void> => {
  const raw = Buffer.from(sample());
  await rate(1, MILLISECONDS / 3, async () => parseMessage(raw));
  const alone = await rate(1, MILLISECONDS, async () => parseMessage(raw));
  print('parse', 'here', alone, 'messages/s', { bytes: raw.length });
  for (const threads of [1, 2]) {
    const pool = new ParserPool({ ...POOL_LIMITS, threads });
    await pool.onModuleInit();
    const through = await rate(64, MILLISECONDS, () => pool.parse(raw));
    print('parse', 'pool', through, 'messages/s', { bytes: raw.length, threads, callers: 64 });
    await pool.onApplicationShutdown();
  }
};

/** 4 KiB as one meets them: transport headers, both alternatives, a small attachment. */
const sample = (): string => {
  const received = (index: number) =>
    `Received: from a${index}.example (a${index}.example [192.0.2.${index}])\r\n\tby b${index}.example with ESMTPS id ${index}abc\r\n\tfor <agent@example.test>; Tue, 3 Mar 2026 10:00:0${index} +0000\r\n`;
  return (
    [1, 2, 3].map(received).join('') +
    'DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=s1;\r\n\th=from:to:subject:date;' +
    ` bh=${'A'.repeat(43)}=;\r\n\tb=${'B'.repeat(340)}\r\n` +
    'From: =?UTF-8?Q?Ren=C3=A9?= <rene@example.com>\r\nTo: Agent <agent@example.test>\r\n' +
    'Subject: Re: =?UTF-8?B?w5xiZXJzaWNodA==?= of the quarter\r\nDate: Tue, 3 Mar 2026 10:00:00 +0000\r\n' +
    'Message-ID: <1@example.com>\r\nReferences: <0@example.test>\r\nMIME-Version: 1.0\r\n' +
    'Content-Type: multipart/mixed; boundary="m"\r\n\r\n--m\r\nContent-Type: multipart/alternative; boundary="a"\r\n' +
    '\r\n--a\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n' +
    'The figures are attached =E2=80=93 have a look.\r\n'.repeat(16) +
    '\r\n--a\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<html><body>' +
    '<p>The figures are <b>attached</b> &ndash; have a look.</p>\r\n'.repeat(16) +
    '</body></html>\r\n--a--\r\n--m\r\nContent-Type: application/pdf; name="figures.pdf"\r\n' +
    `Content-Transfer-Encoding: base64\r\n\r\n${'JVBERi0xLjQK'.repeat(20)}\r\n--m--\r\n`
  );
};

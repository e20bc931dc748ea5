import { cpus } from 'node:os';
import { parseMessage } from '#mail/message/parse-message';
import { ParserPool, POOL_LIMITS } from '#platform/parsing/parser-pool';

/** Messages a second that one thread takes apart, alone and through the pool. One JSON line each. */
export const run = async (): Promise<void> => {
  const raw = Buffer.from(sample());
  for (const seconds of [1, 2])
    report('parse in this thread', seconds, await count(seconds, () => parseMessage(raw)));
  for (const threads of [1, 2]) {
    const pool = new ParserPool({ ...POOL_LIMITS, threads });
    await pool.onModuleInit();
    const done = await count(2, () => Promise.all(Array.from({ length: 64 }, () => pool.parse(raw))), 64);
    report(`parse in ${threads} threads`, 2, done);
    await pool.onApplicationShutdown();
  }
};

const count = async (seconds: number, work: () => unknown, each = 1): Promise<number> => {
  const end = performance.now() + seconds * 1_000;
  let done = 0;
  while (performance.now() < end) {
    await work();
    done += each;
  }
  return done;
};

const report = (name: string, seconds: number, done: number) =>
  console.log(
    JSON.stringify({
      bench: name,
      perSecond: Math.round(done / seconds),
      bytes: sample().length,
      node: process.version,
      cpu: cpus()[0]?.model,
    }),
  );

/** 4 KiB as one meets them: transport headers, both alternatives, a small attachment. */
export const sample = (): string => {
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

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseMessage } from '#mail/message/parse-message';
import { inHeader, type Variations } from './corpora-variations.js';

/** A message with this header in place of its own; what tells of its content stays. */
const dressed = (raw: string, ...header: string[]): string =>
  inHeader(raw, (fields) => [
    ...header,
    'To: agent@acme.test',
    ...fields.filter((one) => /^(mime-version|content-[\w-]+):/i.test(one)),
  ]);

const away = (subject: string) => (raw: string) =>
  dressed(
    raw,
    'Return-Path: <>',
    'From: Bob <bob@b.test>',
    `Subject: ${subject}`,
    'Auto-Submitted: auto-replied',
    'In-Reply-To: <1@acme.test>',
  );

/** Ordinary mail in forms that come near to a report; each takes its bytes as latin1 with LF. */
const FORMS: Readonly<Record<string, (raw: string) => string>> = {
  'as it is': (raw) => raw,
  'from an absent person': away('Automatic reply: delivery failure'),
  'from an absent person, in German': away('Abwesenheitsnotiz: Zustellung fehlgeschlagen'),
  'from an absent person, in French': away('R=?utf-8?q?=C3=A9ponse?= automatique: livraison impossible'),
  'from an absent person, in Spanish': away('Respuesta autom=?utf-8?q?=C3=A1tica?=: no se pudo entregar'),
  'from an absent person, in Portuguese': away('Resposta autom=?utf-8?q?=C3=A1tica?=: mensagem devolvida'),
  'from an absent person, in Dutch': away('Automatisch antwoord: onbestelbaar'),
  'from an absent person, in Polish': away('Autoodpowied=?utf-8?q?=C5=BA?=: nie dostarczono'),
  'from an absent person, in Russian': away(
    '=?utf-8?b?0JDQstGC0L7QvtGC0LLQtdGCOiDQvdC1INC00L7RgdGC0LDQstC70LXQvdC+?=',
  ),
  'from an absent person, in Japanese': away('=?utf-8?b?6Ieq5YuV5b+c562UOiDphY3kv6Hjgqjjg6njg7w=?='),
  'from one who left': away('Undelivered: I have left the company'),
  'a newsletter with the name of a mail system': (raw) =>
    dressed(
      raw,
      'Return-Path: <bounces@news.test>',
      'From: Mail Delivery System News <mailer-daemon@news.test>',
      'Subject: Undelivered mail returned to sender: what now?',
      'List-Unsubscribe: <https://news.test/u>',
    ),
  'written by hand by the postmaster': (raw) =>
    dressed(raw, 'From: Postmaster <postmaster@b.test>', 'Subject: Maintenance on Sunday'),
  'passed on': (raw) =>
    dressed(raw, 'From: Ann <ann@b.test>', 'Subject: Fwd: Undelivered Mail Returned to Sender'),
};

const REPORT = /^content-type:\s*(multipart\/report|message\/(delivery-status|feedback-report))/im;

/** Reads every message of the collection that is no report in each form: none may be taken for one. */
export const compareOrdinary = (folder: string): Variations[] => {
  const messages = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.eml'))
    .sort()
    .map((name) => ({
      name,
      raw: readFileSync(join(folder, name), 'latin1').replace(/\r\n/g, '\n'),
    }))
    .filter(({ raw }) => !REPORT.test(raw));
  return Object.entries(FORMS).map(([form, write]) => {
    const differences = messages
      .filter(({ raw }) => parseMessage(Buffer.from(write(raw), 'latin1')).report !== null)
      .map(({ name }) => name);
    const tried = messages.length;
    return { form, ordinary: true, tried, right: tried - differences.length, differences };
  });
};

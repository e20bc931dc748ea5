import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MailReport } from '#mail/bounce/report';
import { parseMessage } from '#mail/message/parse-message';
import type { Comparison } from './corpora-mime.js';

type Expected = { status: string; reply: string; reason: string; hard: boolean; feedback: string | null };

/** Compares every report of the collection, a row a failed recipient, with the expectation beside it. */
export const compareBounces = (
  folder: string,
): (Comparison & { reasons: readonly string[]; rows: number })[] => {
  const file = join(folder, 'expected.json');
  const expected = (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}) as Record<
    string,
    Expected[]
  >;
  return readdirSync(folder)
    .filter((name) => name.endsWith('.eml') && expected[name.slice(0, -4)])
    .sort()
    .map((name) => {
      const rows = expected[name.slice(0, -4)]!;
      const { report } = parseMessage(readFileSync(join(folder, name)));
      return { name, wellFormed: true, rows: rows.length, ...differences(report, rows) };
    });
};

const differences = (report: MailReport | null, rows: readonly Expected[]) => {
  const ours = (report?.recipients ?? []).filter(
    ({ action }) => action !== 'delivered' || report?.kind === 'delivered',
  );
  // An auto-reply is none: nothing was refused.
  if (rows.every(({ reason }) => reason === 'vacation'))
    return { differences: report ? ['taken for a report'] : [], reasons: [] };
  if (ours.length !== rows.length)
    return { differences: [`${ours.length} recipients instead of ${rows.length}`], reasons: [] };
  const found: string[] = [];
  const reasons: string[] = [];
  rows.forEach((row, at) => {
    const mine = ours[at]!;
    const detail = `(${row.reason} ${row.status} ${row.reply}; ours ${mine.reason} ${mine.status}; ${mine.reply?.slice(0, 150)})`;
    if (mine.hard !== row.hard) found.push(`hard ${mine.hard} ${detail}`);
    if (row.status && mine.status?.[0] !== row.status[0]) found.push(`class ${mine.status?.[0]} ${detail}`);
    if (mine.reason !== row.reason) reasons.push(detail);
  });
  return { differences: found, reasons };
};

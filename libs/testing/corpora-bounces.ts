import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ReportedRecipient } from '#mail/bounce/report';
import { parseMessage } from '#mail/message/parse-message';
import type { ParsedMessage } from '#mail/message/parsed-message';
import type { Comparison } from './corpora.js';

type Expected = { status: string; reply: string; reason: string; hard: boolean; feedback: string | null };
export type BounceComparison = Comparison & Readonly<{ rows: number; right: number; whole: number }>;

/**
 * Compares every report with the rows that are expected of it, one a failed recipient: their number, whether each is
 * permanent, and the class of its status. `whole` counts the rows whose reason is the same too.
 */
export const compareBounces = (folder: string): BounceComparison[] => {
  const expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Record<
    string,
    Expected[]
  >;
  return Object.entries(expected).map(([name, rows]) => {
    const message = parseMessage(readFileSync(join(folder, `${name}.eml`)));
    return { name, counts: true, rows: rows.length, ...comparison(message, rows) };
  });
};

const comparison = ({ report }: ParsedMessage, rows: readonly Expected[]) => {
  const all = (difference: string | null) => ({
    right: difference ? 0 : rows.length,
    whole: difference ? 0 : rows.length,
    differences: difference ? [difference] : [],
  });
  if (rows.every(({ reason }) => reason === 'vacation'))
    return all(report ? 'an answer taken for a report' : null);
  const told = (report?.recipients ?? []).filter(
    ({ action }) => action !== 'delivered' || report?.kind === 'delivered',
  );
  if (told.length !== rows.length) return all(`${told.length} recipients instead of ${rows.length}`);
  const wrong = rows.map((row, at) => faults(row, told[at]!));
  return {
    right: wrong.filter(({ verdict }) => verdict.length === 0).length,
    whole: wrong.filter(({ verdict, reason }) => verdict.length + reason.length === 0).length,
    differences: rows.flatMap((row, at) => difference(row, told[at]!, wrong[at]!) ?? []),
  };
};

const faults = (row: Expected, { hard, status, reason }: ReportedRecipient) => ({
  verdict: [
    ...(hard === row.hard ? [] : [hard ? 'permanent' : 'temporary']),
    ...(!row.status || status?.[0] === row.status[0] ? [] : [`class ${status?.[0]}`]),
  ],
  reason: reason === row.reason ? [] : ['reason'],
});

const difference = (
  row: Expected,
  { status, reason, reply }: ReportedRecipient,
  wrong: ReturnType<typeof faults>,
): string | null => {
  const what = [...wrong.verdict, ...wrong.reason];
  if (what.length === 0) return null;
  const words = reply ? `, of "${reply.slice(0, 100)}"` : '';
  return `${what.join(', ')} (${reason} ${status}) instead of ${row.reason} ${row.status}${words}`;
};

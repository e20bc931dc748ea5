import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ReportedRecipient } from '#mail/bounce/report';
import { parseMessage } from '#mail/message/parse-message';
import type { ParsedMessage } from '#mail/message/parsed-message';
import type { Comparison } from './corpora.js';

type Expected = { status: string; reply: string; reason: string; hard: boolean; feedback: string | null };
export type BounceComparison = Comparison & Readonly<{ rows: number; right: number; reasons: number }>;

/**
 * Compares every report with the rows that are expected of it, one a failed recipient: their number, whether each is
 * permanent, and the class of its status. `reasons` counts the rows whose reason is the same too.
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
    reasons: difference ? 0 : rows.length,
    differences: difference ? [difference] : [],
  });
  if (rows.every(({ reason }) => reason === 'vacation'))
    return all(report ? 'an answer taken for a report' : null);
  const told = (report?.recipients ?? []).filter(
    ({ action }) => action !== 'delivered' || report?.kind === 'delivered',
  );
  if (told.length !== rows.length) return all(`${told.length} recipients instead of ${rows.length}`);
  const differences = rows.flatMap((row, at) => difference(row, told[at]!) ?? []);
  return {
    right: rows.length - differences.length,
    reasons: rows.filter((row, at) => row.reason === told[at]!.reason).length,
    differences,
  };
};

const difference = (row: Expected, { hard, status, reason, reply }: ReportedRecipient): string | null => {
  const wrong = [
    ...(hard === row.hard ? [] : [hard ? 'permanent' : 'temporary']),
    ...(!row.status || status?.[0] === row.status[0] ? [] : [`class ${status?.[0]}`]),
  ];
  if (wrong.length === 0) return null;
  const words = reply ? `, of "${reply.slice(0, 100)}"` : '';
  return `${wrong.join(', ')} (${reason} ${status}) instead of ${row.reason} ${row.status}${words}`;
};

import { invalid } from '#kernel/errors';
import type { Scope } from '#kernel/context';
import type { PageRequest } from '../read-store.js';
import { NO_INBOX, type Owners } from './owners.js';
import { column, fieldOf, LISTED, type AnyQuery, type Order } from './schema.js';

export type SqlValue = string | number | null;
type Sql = Readonly<{ text: string; values: readonly SqlValue[] }>;

/** As SQLite keeps it: no booleans, and in columns that sort no null, which compares with nothing. */
export const sqlValue = (value: unknown): SqlValue => {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'number' || typeof value === 'string') return value;
  return null;
};

/** The conditions of a page: whose, narrowed how, between which bounds. The cursor is not among them. */
export const conditions = (
  scope: Scope | 'everyone',
  { filter = [], contains = [], sort }: AnyQuery,
  { filter: wanted = {}, after, since, before }: PageRequest,
  hasTenantLevel: boolean,
  owners: Owners,
): Sql => {
  const parts: string[] = [LISTED];
  const values: SqlValue[] = [];
  const add = (text: string, ...more: readonly SqlValue[]) => {
    parts.push(text);
    values.push(...more);
  };
  const whose = ownedBy(scope, hasTenantLevel, owners);
  add(whose.text, ...whose.values);
  for (const [field, value] of Object.entries(wanted)) {
    if (filter.includes(field)) add(`${column(field)} IS ?`, sqlValue(value));
    else if (contains.includes(field))
      add('key IN (SELECT key FROM terms WHERE field = ? AND value = ?)', field, sqlValue(value));
    else throw new Error(`This query has no filter "${field}"`);
  }
  const first = column(fieldOf(sort[0] ?? ''));
  if (after !== undefined) add(`${first} > ?`, after);
  if (since !== undefined) add(`${first} >= ?`, since);
  if (before !== undefined) add(`${first} < ?`, before);
  return { text: parts.join(' AND '), values };
};

/** A document without an inbox is its whole tenant's. */
export const ownedBy = (scope: Scope | 'everyone', hasTenantLevel: boolean, owners: Owners): Sql => {
  if (scope === 'everyone') return { text: 'TRUE', values: [] };
  const tenant = owners.numberOf(scope.tenantId);
  if (!scope.inboxId) return { text: 'tenant = ?', values: [tenant] };
  const inbox = owners.numberOf(scope.inboxId);
  if (!hasTenantLevel) return { text: 'tenant = ? AND inbox = ?', values: [tenant, inbox] };
  return { text: `tenant = ? AND inbox IN (?, ${NO_INBOX})`, values: [tenant, inbox] };
};

/** Everything past the row that a cursor names: (a, b) > (x, y) as a > x OR (a = x AND b > y). */
export const past = (order: Order, row: readonly SqlValue[]): Sql => {
  const [first] = order;
  if (order.every(({ descends }) => descends === first?.descends)) {
    const places = order.map(() => '?').join(', ');
    const compare = first?.descends ? '<' : '>';
    return { text: `(${order.map(({ by }) => by).join(', ')}) ${compare} (${places})`, values: row };
  }
  const cases = order.map(({ by, descends }, index) => {
    const equal = order.slice(0, index).map((each) => `${each.by} = ?`);
    return `(${[...equal, `${by} ${descends ? '<' : '>'} ?`].join(' AND ')})`;
  });
  return { text: `(${cases.join(' OR ')})`, values: order.flatMap((_, index) => row.slice(0, index + 1)) };
};

export const encodeCursor = (row: readonly SqlValue[]): string =>
  Buffer.from(JSON.stringify(row)).toString('base64url');

export const decodeCursor = (cursor: string, length: number): readonly SqlValue[] => {
  try {
    const row: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (Array.isArray(row) && row.length === length && row.every(isSqlValue)) return row;
  } catch {
    // Not one of ours either.
  }
  throw invalid('cursor', 'invalid', 'Send the next_cursor of the page before');
};

const isSqlValue = (value: unknown): value is SqlValue =>
  value === null || typeof value === 'string' || typeof value === 'number';

import type { DatabaseSync, StatementSync } from 'node:sqlite';

/**
 * For a statement that is run. `run` tells the row id that the connection gave last, and FTS5 leaves behind one of its
 * own making, which need not be a safe integer.
 */
export const changing = (db: DatabaseSync, sql: string): StatementSync => {
  const statement = db.prepare(sql);
  statement.setReadBigInts(true);
  return statement;
};

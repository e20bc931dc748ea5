import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { changing } from './changing.js';

/** What one step moves: some tens of milliseconds, for which a search may have to wait. */
const PAGES = 50;

/**
 * FTS5 marks what is taken out of an index as gone, and keeps its words until the segments that they are in are merged
 * ("Contentless-Delete Tables" in its documentation). Of an index from which something was taken, all segments
 * are merged once that is some time ago, step by step.
 */
export class Forgetting {
  private readonly add: StatementSync;
  private readonly remove: StatementSync;
  private readonly due: StatementSync;
  private readonly changes: StatementSync;
  private merging: { readonly index: string; hasBegun: boolean; again: boolean } | undefined;

  constructor(
    private readonly db: DatabaseSync,
    private readonly afterMs: number,
  ) {
    db.exec('CREATE TABLE IF NOT EXISTS taken_out (name TEXT PRIMARY KEY, since INTEGER) WITHOUT ROWID');
    this.add = changing(db, 'INSERT OR IGNORE INTO taken_out VALUES (?, ?)');
    this.remove = changing(db, 'DELETE FROM taken_out WHERE name = ?');
    this.due = db.prepare('SELECT name FROM taken_out WHERE since <= ? LIMIT 1');
    this.changes = db.prepare('SELECT total_changes() AS n');
  }

  /** Within the transaction that takes something out. `now`: Unix ms. */
  note(index: string, now: number): void {
    this.add.run(index, now);
    if (this.merging?.index === index) this.merging.again = true;
  }

  /** The index itself is gone. */
  drop(index: string): void {
    this.remove.run(index);
    if (this.merging?.index === index) this.merging = undefined;
  }

  /** Whether there may be more to do at once. */
  step(now: number): boolean {
    const index = this.due.get(now - this.afterMs)?.['name'];
    this.merging ??= typeof index === 'string' ? { index, hasBegun: false, again: false } : undefined;
    if (!this.merging) return false;
    if (!this.merge(this.merging)) this.done(this.merging, now);
    return true;
  }

  /** False when nothing was left to merge: FTS5 then makes fewer than two changes. */
  private merge(merging: { readonly index: string; hasBegun: boolean }): boolean {
    const table = `"fts_${merging.index}"`;
    const before = Number(this.changes.get()?.['n']);
    // A negative number begins with all segments, whatever their sizes.
    const pages = merging.hasBegun ? PAGES : -PAGES;
    this.db.exec(`INSERT INTO ${table} (${table}, rank) VALUES ('merge', ${pages})`);
    merging.hasBegun = true;
    return Number(this.changes.get()?.['n']) - before >= 2;
  }

  private done({ index, again }: { readonly index: string; again: boolean }, now: number): void {
    this.remove.run(index);
    if (again) this.add.run(index, now);
    this.merging = undefined;
    this.db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  }
}

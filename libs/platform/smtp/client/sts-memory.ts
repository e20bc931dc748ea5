import { rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { reasonOf } from '#kernel/errors';
import type { StsPolicy } from './mta-sts.js';

/** `id`: as DNS had it when the policy was fetched. `until`: Unix ms. */
export type KnownPolicy = Readonly<{ id: string; policy: StsPolicy; until: number }>;

/** Domains at most; those whose policies end first go first. */
const KEPT = 10_000;

/**
 * The policies of domains in a file of its own: whoever can hide a policy from us would only have to wait for a
 * restart if it were forgotten then (RFC 8461 section 10.2). What cannot be read or written here is fetched again.
 */
export class StsMemory {
  private readonly db: DatabaseSync;

  /** `path` null: as long as this process. */
  constructor(
    path: string | null,
    private readonly warn: (text: string) => void,
  ) {
    this.db = path === null ? opened(':memory:') : this.openedAt(path);
  }

  get(domain: string, now: number): KnownPolicy | undefined {
    return this.tried(() => {
      const row = this.db
        .prepare('SELECT id, policy, until FROM policy WHERE domain = ? AND until > ?')
        .get(domain, now);
      if (!row) return undefined;
      const policy = JSON.parse(String(row['policy'])) as StsPolicy;
      return { id: String(row['id']), policy, until: Number(row['until']) };
    });
  }

  set(domain: string, { id, policy, until }: KnownPolicy, now: number): void {
    this.tried(() => {
      this.db
        .prepare('INSERT OR REPLACE INTO policy VALUES (?, ?, ?, ?)')
        .run(domain, id, JSON.stringify(policy), until);
      this.db.prepare('DELETE FROM policy WHERE until <= ?').run(now);
      this.db
        .prepare(
          `DELETE FROM policy WHERE domain IN (SELECT domain FROM policy ORDER BY until DESC LIMIT -1 OFFSET ${KEPT})`,
        )
        .run();
    });
  }

  close(): void {
    this.db.close();
  }

  private openedAt(path: string): DatabaseSync {
    try {
      return opened(path);
    } catch {
      // No database any more: what it held is fetched again.
      for (const part of ['', '-wal', '-shm']) rmSync(path + part, { force: true });
      return this.tried(() => opened(path)) ?? opened(':memory:');
    }
  }

  private tried<T>(task: () => T): T | undefined {
    try {
      return task();
    } catch (error) {
      this.warn(`MTA-STS policies cannot be kept: ${reasonOf(error)}`);
      return undefined;
    }
  }
}

const opened = (path: string): DatabaseSync => {
  const db = new DatabaseSync(path);
  try {
    db.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      CREATE TABLE IF NOT EXISTS policy (
        domain TEXT PRIMARY KEY,
        id TEXT NOT NULL,
        policy TEXT NOT NULL,
        until INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS policy_by_end ON policy (until);
    `);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
};

import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { Applying } from '#platform/sqlite/committer';
import { sealedRow, wrap } from './sealed.js';
import type { BlobRow, NewKey, RecordRow, Swept, VaultAnswer, VaultRequest } from './schema.js';

/** Rows that one sweep removes of each kind, so that no transaction is long. */
const SWEEP = 200;

/** Changes `vault.db`, within a transaction that others may share. */
export const keeper = (db: DatabaseSync): Applying<VaultRequest, VaultAnswer> => {
  let isErasing = false;
  const putMeta = db.prepare('INSERT INTO meta VALUES (?, ?)');
  const addKey = db.prepare('INSERT INTO key VALUES (?, ?, ?, ?)');
  const hasKey = db.prepare('SELECT 1 FROM key WHERE id = ?');
  const keyAt = db.prepare('SELECT id, parent FROM key WHERE path = ?');
  const deleteKey = db.prepare('DELETE FROM key WHERE id = ?');
  const erased = db.prepare('INSERT OR IGNORE INTO erased VALUES (?)');
  const blob = db.prepare('SELECT key, file FROM blob WHERE id = ?');
  const deleteBlob = db.prepare('DELETE FROM blob WHERE id = ?');
  const addBlob = db.prepare(
    'INSERT INTO blob (id, key, size, secret, file, content) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const doom = db.prepare('INSERT OR REPLACE INTO doomed VALUES (?, ?)');
  const spare = db.prepare('DELETE FROM doomed WHERE file = ?');
  const record = db.prepare('SELECT version, expires FROM record WHERE name = ?');
  const putRecord = db.prepare('INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?)');
  const deleteRecord = db.prepare('DELETE FROM record WHERE name = ?');
  const expired = db.prepare(`SELECT name FROM record WHERE expires <= ? LIMIT ${SWEEP}`);
  const anErased = db.prepare('SELECT key FROM erased LIMIT 1');
  const childrenOf = db.prepare(`SELECT id FROM key WHERE parent = ? LIMIT ${SWEEP}`);
  const blobsOf = db.prepare(`SELECT id FROM blob WHERE key = ? LIMIT ${SWEEP}`);
  const forgetErased = db.prepare('DELETE FROM erased WHERE key = ?');
  const doomed = db.prepare(`SELECT file FROM doomed WHERE NOT pending LIMIT ${SWEEP}`);

  /** False when the path has one that can be used: a second would make what the first sealed unreadable. */
  const keepKey = ({ id, path, parent, secret, over }: NewKey): boolean => {
    const found = keyAt.get(path);
    if (found && (found['parent'] === '' || hasKey.get(String(found['parent'])))) return false;
    erase(found?.['id']);
    addKey.run(id, path, parent, wrap(over, secret, path));
    return true;
  };

  const erase = (id: SQLOutputValue | undefined): boolean => {
    if (typeof id !== 'string') return false;
    deleteKey.run(id);
    erased.run(id);
    return true;
  };

  const removeBlob = (id: string): boolean => {
    const found = blob.get(id);
    if (found?.['file']) doom.run(found['file'], 0);
    deleteBlob.run(id);
    return found !== undefined;
  };

  /** False when it is there already, or its owner was erased meanwhile: then nothing takes its file. */
  const keepBlob = ({ id, key, size, secret, file, content }: BlobRow): boolean => {
    const found = blob.get(id);
    if (found?.['key'] === key || !hasKey.get(key)) {
      if (file) doom.run(file, 0);
      return false;
    }
    if (found) removeBlob(id);
    addBlob.run(id, key, size, secret, file, content);
    if (file) spare.run(file);
    return true;
  };

  const keepRecord = (row: RecordRow, expected: 'absent' | number | null, now: number): boolean => {
    const found = record.get(row.name);
    const isThere = found !== undefined && !(Number(found['expires'] ?? Infinity) <= now);
    const version = Number(found?.['version'] ?? now);
    if (expected === 'absent' ? isThere : expected !== null && !(isThere && version === expected))
      return false;
    // Never one that an earlier record of this name had, for somebody may still hold that.
    putRecord.run(row.name, version + 1, row.expires, row.value);
    return true;
  };

  const sweep = (now: number): Swept => {
    const names = expired.all(now).map(({ name }) => name ?? null);
    for (const name of names) deleteRecord.run(name);
    const key = anErased.get()?.['key'];
    if (typeof key === 'string') {
      const children = childrenOf.all(key);
      for (const { id } of children) erase(id);
      const blobs = blobsOf.all(key);
      for (const { id } of blobs) removeBlob(String(id));
      if (children.length < SWEEP && blobs.length < SWEEP) forgetErased.run(key);
    }
    const files = doomed.all().map(({ file }) => String(file));
    return { files, more: key !== undefined || names.length === SWEEP || files.length === SWEEP };
  };

  const apply = (request: VaultRequest): VaultAnswer => {
    switch (request[0]) {
      case 'add-key':
        return keepKey(request[1]);
      case 'erase-key':
        isErasing = true;
        return erase(keyAt.get(request[1])?.['id']);
      case 'put-meta':
        return putMeta.run(request[1], request[2]).changes === 1;
      case 'begin-file':
        return doom.run(request[1], 1).changes === 1;
      case 'abandon-file':
        return doom.run(request[1], 0).changes === 1;
      case 'removed-files':
        for (const file of request[1]) spare.run(file);
        return true;
      case 'put-row': {
        const row = sealedRow(request[1], request[2], request[3]);
        keepBlob(row);
        return row.id;
      }
      case 'put-file':
        return keepBlob(request[1]);
      case 'delete-blob':
        return removeBlob(request[1]);
      case 'put-record':
        return keepRecord(request[1], request[2], request[3]);
      case 'delete-record':
        return deleteRecord.run(request[1]).changes === 1;
      case 'sweep':
        return sweep(request[1]);
    }
  };

  const leavesTraces = () => {
    const was = isErasing;
    isErasing = false;
    return was;
  };

  return { apply, rolledBack: () => undefined, leavesTraces };
};

import { randomBytes, scrypt } from 'node:crypto';
import { link, mkdir, open, readFile, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { BAD_CONFIGURATION, Refusal, systemCode } from '#platform/process/refusal';

const BYTES = 32;
const SHORTEST = 16;

/**
 * 32 bytes in hexadecimal, base64 or base64url are the key itself. From any other text it is derived, slowly;
 * a short text is refused.
 */
export const parseMasterKey = async (text: string): Promise<Buffer | null> => {
  const trimmed = text.trim();
  if (/^[0-9a-f]{64}$/i.test(trimmed)) return Buffer.from(trimmed, 'hex');
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(trimmed)) return Buffer.from(trimmed, 'base64');
  if (trimmed.length < SHORTEST) return null;
  return (await promisify(scrypt)(trimmed, 'gent master key', BYTES)) as Buffer;
};

/**
 * The configured key; else that of the data folder, `master.key`, which is made for a folder that is new. A
 * folder that has a vault but lost its key is refused: a new key could read nothing.
 */
export const loadMasterKey = async (dataDir: string, configured: string | null): Promise<Buffer> => {
  const short = `must have at least ${SHORTEST} characters`;
  if (configured !== null) return mustBe(await parseMasterKey(configured), `GENT_MASTER_KEY ${short}`);
  const path = join(dataDir, 'master.key');
  const kept = await readFile(path, 'utf8').catch(ifMissing);
  if (kept !== undefined) return mustBe(await parseMasterKey(kept), `${path} ${short}`);
  if (await stat(join(dataDir, 'vault.db')).catch(ifMissing))
    throw new Refusal(
      `${path} is missing, without which the data folder cannot be read: put it back, or set GENT_MASTER_KEY`,
      BAD_CONFIGURATION,
    );
  return makeKey(dataDir, path);
};

/** Whole or not at all, also when the power fails. */
const makeKey = async (dataDir: string, path: string): Promise<Buffer> => {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const key = randomBytes(BYTES);
  const draft = `${path}.${process.pid}`;
  await unlink(draft).catch(ifMissing);
  const file = await open(draft, 'wx', 0o600);
  await file.writeFile(`${key.toString('base64')}\n`);
  await file.sync();
  await file.close();
  await link(draft, path);
  await unlink(draft);
  const folder = await open(dataDir, 'r');
  await folder.sync().finally(() => folder.close());
  return key;
};

const mustBe = <T>(value: T | null, otherwise: string): T => {
  if (value === null) throw new Refusal(otherwise, BAD_CONFIGURATION);
  return value;
};

const ifMissing = (error: unknown): undefined => {
  if (systemCode(error) !== 'ENOENT') throw error;
};

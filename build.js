import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Compiles into `dist`, if the sources have changed since that was made. Beside it first, then in its place: what
 * runs goes on with whole files, and nothing of a removed source is left. `--check` has the types checked too.
 */

const SOURCES = ['apps', 'libs', 'bench'];
const SETTINGS = ['tsconfig.json', 'package.json', 'package-lock.json'];

const check = process.argv.includes('--check');

const filesIn = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

const fingerprint = () => {
  const hash = createHash('sha256');
  for (const file of [...SOURCES.flatMap(filesIn), ...SETTINGS].sort()) {
    const { mtimeMs, size } = statSync(file);
    hash.update(`${file} ${mtimeMs} ${size}\n`);
  }
  return hash.digest('hex');
};

const stamp = join('dist', '.sources');
const wanted = fingerprint();
const [made, isChecked] = existsSync(stamp) ? readFileSync(stamp, 'utf8').split(' ') : [];
if (made === wanted && (isChecked || !check)) process.exit(0);

const [fresh, old] = [`dist.${process.pid}`, `dist.old.${process.pid}`];
const compiler = join('node_modules', 'typescript', 'bin', 'tsc');
const options = [...(check ? [] : ['--noCheck']), '--outDir', fresh];
const { status } = spawnSync(process.execPath, [compiler, ...options], { stdio: 'inherit' });
if (status !== 0) {
  rmSync(fresh, { recursive: true, force: true });
  process.exit(status ?? 1);
}
writeFileSync(join(fresh, '.sources'), check ? `${wanted} checked` : wanted);
if (existsSync('dist')) renameSync('dist', old);
renameSync(fresh, 'dist');
rmSync(old, { recursive: true, force: true });

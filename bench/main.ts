import { readdir } from 'node:fs/promises';

/** `npm run bench -- name` runs `bench/<name>.ts`, without a name all of them; what exports no `run` only helps. */
const files = (await readdir(import.meta.dirname))
  .filter((file) => /^(?!main)[a-z-]+\.js$/.test(file))
  .sort();
const all = files.map((file) => file.replace('.js', ''));
const names = process.argv.slice(2);

const unknown = names.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(', ')}; there are ${all.join(', ')}`);
  process.exit(64);
}

for (const name of names.length > 0 ? names : all) {
  const { run } = (await import(`./${name}.js`)) as { run?: () => Promise<void> };
  await run?.();
}

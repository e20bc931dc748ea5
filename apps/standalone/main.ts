/** Nothing of ours is imported before this: an older Node would fail on it with a riddle. */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 19)) {
  process.stderr.write(
    `Gent needs Node.js 22.19 or later, this is ${process.versions.node}. Run npm ci, npm start.\n`,
  );
  process.exit(1);
}

const { start } = await import('./start.js');
await start();

export {};

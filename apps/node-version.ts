/** Ends the process on a Node.js that is too old. Called before anything else is imported: that would fail first. */
export const requireNode = () => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 19)) return;
  const advice = 'Run it by npm, after npm ci.';
  process.stderr.write(`Gent needs Node.js 22.19 or later, this is ${process.versions.node}. ${advice}\n`);
  process.exit(1);
};

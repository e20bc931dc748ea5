import { requireNode } from '#apps/node-version';

requireNode();
const { quickstart } = await import('./quickstart.js');
process.exit(await quickstart());

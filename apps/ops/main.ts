import { requireNode } from '#apps/node-version';

requireNode();
const { gent } = await import('./gent.js');
process.exit(await gent(process.argv.slice(2)));

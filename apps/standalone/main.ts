import { requireNode } from '#apps/node-version';

requireNode();
const { start } = await import('./start.js');
await start();

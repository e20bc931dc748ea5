import { requireNode } from '#apps/node-version';
import { boundMemory } from './memory.js';

requireNode();
boundMemory();
const { start } = await import('./start.js');
await start();

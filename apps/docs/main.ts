import { writeFile } from 'node:fs/promises';
import { documents } from './documents.js';

for (const [path, text] of Object.entries(await documents())) await writeFile(path, text);

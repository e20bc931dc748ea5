import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';
import { documents } from '#apps/docs/documents';

const root = fileURLToPath(new URL('../../', import.meta.url));
const decisions = readdirSync(`${root}docs/adr`).map((name) => `docs/adr/${name}`);

it.each(['docs/ARCHITECTURE.md', 'README.md', ...decisions])(
  '%s names only files that are there',
  (document) => {
    const text = readFileSync(root + document, 'utf8');
    const named = [...text.matchAll(/`((?:apps|libs|bench|docs)\/[\w./-]+)`/g)].map(([, path = '']) => path);
    expect(named.filter((path) => !existsSync(root + path))).toEqual([]);
  },
);

it('the API and the events are described as they are: else run npm run docs', async () => {
  for (const [path, text] of Object.entries(await documents()))
    expect({ path, isCurrent: readFileSync(root + path, 'utf8') === text }).toEqual({
      path,
      isCurrent: true,
    });
});

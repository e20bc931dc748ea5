import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Collections of real mail lie beside the checkout where there are any; they are no part of it. */
export const corpusFolder = (name: string, root = corporaRoot()): string | null => {
  const folder = join(root, name);
  return existsSync(folder) ? folder : null;
};

const corporaRoot = () => resolve(fileURLToPath(new URL('../../../../shared/corpora', import.meta.url)));

/** How one message of a collection is read, and in what that differs from the answer beside it. */
export type Comparison = Readonly<{
  name: string;
  /** Malformed messages have no right answer. */
  counts: boolean;
  differences: readonly string[];
}>;

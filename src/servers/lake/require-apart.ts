import { realpathSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import { DefinitionError } from '../../errors/index.ts';

/**
 * A table that may not be read would be read as a file, were its Parquet among the feeds. Hidden folders are no feeds.
 * @throws DefinitionError USAGE when the warehouse and a folder that is read lie in each other.
 */
export function requireApart({
  roots,
  warehouse,
}: {
  readonly roots: readonly string[];
  readonly warehouse: string;
}): void {
  const tables = realPathOf(resolve(warehouse));
  const shared = roots.find((root) => {
    const folder = realpathSync(root);
    return isVisibleIn(tables, folder) || isVisibleIn(folder, tables);
  });
  if (shared === undefined) return;
  throw new DefinitionError({
    code: 'USAGE',
    message: `With --grant-read the warehouse ${warehouse} and the folder ${shared} may not lie in each other: tables could be read as files.`,
    hint: 'take the warehouse out of the folder that is read, or a hidden one as .aiworkflow/lake.',
  });
}

function isVisibleIn(path: string, folder: string): boolean {
  const parts = relative(folder, path).split(sep);
  return !parts.some((part) => part.startsWith('.'));
}

/** The warehouse may not be there yet. */
function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : resolve(realPathOf(parent), relative(parent, path));
  }
}

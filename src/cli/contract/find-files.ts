import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { DocumentFolders } from './project-folders.ts';

/** The files of the catalogs, relative to the project with `/`, sorted. */
export async function findFiles(
  projectDir: string,
  folders: readonly DocumentFolders[],
): Promise<readonly string[]> {
  const all = folders.flatMap(({ contracts, feeds }) => [contracts, join(contracts, 'policies'), feeds]);
  const found = await Promise.all([...new Set(all)].map((folder) => filesIn(folder)));
  return [...new Set(found.flat().map((file) => nameInProject(projectDir, file)))].sort();
}

export const nameInProject = (projectDir: string, file: string): string =>
  relative(projectDir, file).split(sep).join('/');

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => !entry.isDirectory() && /^[^.].*\.(ya?ml|json)$/.test(entry.name))
    .map(({ name }) => join(folder, name));
}

import { readdir, readFile } from 'node:fs/promises';
import { posix } from 'node:path';
import { DefinitionError, messageOf } from '../../errors/index.ts';
import { isResponseContract } from '../../metadata/document-kind.ts';
import { feedOf } from '../../metadata/feed.ts';
import type { Contract } from '../../metadata/odcs.ts';
import type { Catalog } from './backend.ts';
import { assembleCatalog } from './documents/assemble-catalog.ts';
import type { DocumentKind } from './documents/kinds.ts';
import { type ReadDocument, readDocument } from './documents/read-document.ts';

export interface CatalogFolders {
  /** Contracts (`*.yaml`) and mappings (`*.mapping.yaml`); policies in its folder `policies`. */
  readonly contracts: string;
  /** Registered feeds, `<feed>.odcs.yaml` and `<feed>.mapping.yaml`; may be absent. Default: `feeds` in the contracts' folder. */
  readonly feeds?: string;
}

/** Throws DefinitionError FILE_NOT_FOUND, FILE_UNREADABLE, YAML_INVALID or DEFINITION_INVALID. */
export async function loadCatalog({
  contracts: folder,
  feeds = feedsIn(folder),
}: CatalogFolders): Promise<Catalog> {
  const [law, policies, feedFiles] = await Promise.all([
    yamlFilesOf(folder),
    yamlFilesOf(posix.join(folder, 'policies'), { optional: true }),
    yamlFilesOf(feeds, { optional: true }),
  ]);
  const files = [...law, ...feedFiles];
  const feedContracts = await readAll('contract', feedFiles.filter(isContract));
  for (const contract of feedContracts) requireFeed(contract);
  return assembleCatalog({
    contracts: [...(await readAll('contract', await ofTables(law))), ...feedContracts],
    mappings: await readAll('mapping', files.filter(isMapping)),
    policies: await readAll('policy', policies),
  });
}

export const feedsIn = (contracts: string): string => posix.join(contracts, 'feeds');

const isMapping = (file: string): boolean => /\.mapping\.ya?ml$/.test(file);
const isContract = (file: string): boolean => !isMapping(file);

/** Contracts of answers may stand beside those of tables: they are the workflows' own business. */
async function ofTables(law: readonly string[]): Promise<string[]> {
  const texts = await Promise.all(
    law.filter(isContract).map(async (file) => ({ file, text: await textOf(file) })),
  );
  return texts.filter((text) => !isResponseContract(text)).map(({ file }) => file);
}

function readAll<Kind extends DocumentKind>(kind: Kind, files: readonly string[]) {
  return Promise.all(
    files.map(async (file) => readDocument({ kind, place: file, text: await textOf(file) })),
  );
}

/** The YAML files of a folder, without those of its folders. */
export async function yamlFilesOf(folder: string, { optional = false } = {}): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    const names = entries
      .filter((entry) => !entry.isDirectory() && /^[^.].*\.ya?ml$/.test(entry.name))
      .map(({ name }) => name);
    return names.sort().map((name) => posix.join(folder, name));
  } catch (cause) {
    if (optional && isAbsent(cause)) return [];
    throw new DefinitionError({
      code: isAbsent(cause) ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE',
      message: `The folder of contracts ${folder} cannot be read: ${messageOf(cause)}`,
      hint: 'Name it with --contracts <dir>.',
      cause,
    });
  }
}

export async function textOf(file: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
  } catch (cause) {
    throw new DefinitionError({
      code: 'FILE_UNREADABLE',
      message: `${file} cannot be read as UTF-8: ${messageOf(cause)}`,
      hint: `Save ${file} as UTF-8.`,
      cause,
    });
  }
}

/** In the folder of feeds a contract without a feed is a slip: its files would be unknown without a word. */
function requireFeed({ value, document }: ReadDocument<Contract>): void {
  if (feedOf(value)) return;
  throw new DefinitionError({
    code: 'DEFINITION_INVALID',
    message: `The contract "${document.id}" says nothing of a feed.`,
    hint: `add a custom property \`feed\` with pattern and vendor_name to ${document.place}, or move it to the contracts.`,
    location: { file: document.place, line: 1, column: 1 },
  });
}

function isAbsent(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
}

import { readdir, readFile } from 'node:fs/promises';
import { posix } from 'node:path';
import { AiworkflowError, DefinitionError, messageOf } from '../../errors/index.ts';
import { type FileKind, fileKind } from '../../metadata/document-kind.ts';
import { feedOf } from '../../metadata/feed.ts';
import type { Contract } from '../../metadata/odcs.ts';
import { parseYamlDocument } from '../../metadata/yaml-document.ts';
import type { Catalog } from './backend.ts';
import { assembleCatalog } from './documents/assemble-catalog.ts';
import type { DocumentKind } from './documents/kinds.ts';
import { type ReadDocument, readDocument } from './documents/read-document.ts';

export interface CatalogFolders {
  /** Contracts and mappings, each by what it says it is; policies in its folder `policies`. */
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
    yamlFilesOf(folder).then(textsOf),
    yamlFilesOf(posix.join(folder, 'policies'), { optional: true }).then(textsOf),
    yamlFilesOf(feeds, { optional: true }).then(textsOf),
  ]);
  const feedContracts = readAll(
    'contract',
    feedFiles.filter(({ kind }) => kind !== 'mapping'),
  );
  for (const contract of feedContracts) requireFeed(contract);
  // Contracts of answers may stand beside those of tables: they are the workflows' own business.
  const contracts = readAll(
    'contract',
    law.filter(({ kind }) => kind === 'contract'),
  );
  return assembleCatalog({
    contracts: [...contracts, ...feedContracts],
    mappings: readAll(
      'mapping',
      [...law, ...feedFiles].filter(({ kind }) => kind === 'mapping'),
    ),
    policies: readAll('policy', policies),
  });
}

export const feedsIn = (contracts: string): string => posix.join(contracts, 'feeds');

interface FileText {
  readonly file: string;
  readonly text: string;
  readonly kind: FileKind;
}

function textsOf(files: readonly string[]): Promise<FileText[]> {
  return Promise.all(
    files.map(async (file) => {
      const text = await textOf(file);
      return { file, text, kind: kindOf(file, text) };
    }),
  );
}

/** What is no YAML is read as what its name says, to be refused at its place. */
function kindOf(file: string, text: string): FileKind {
  try {
    return fileKind(parseYamlDocument({ file, text }));
  } catch (error) {
    if (!AiworkflowError.is(error)) throw error;
    return /\.mapping\.ya?ml$/.test(file) ? 'mapping' : 'contract';
  }
}

const readAll = <Kind extends DocumentKind>(kind: Kind, files: readonly FileText[]) =>
  files.map(({ file, text }) => readDocument({ kind, place: file, text }));

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

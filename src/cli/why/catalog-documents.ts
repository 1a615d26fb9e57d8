import { relative } from 'node:path';
import { AiworkflowError } from '../../errors/index.ts';
import { fileKind } from '../../metadata/document-kind.ts';
import { parseYamlDocument } from '../../metadata/yaml-document.ts';
import type { CatalogDocument } from '../../servers/catalog/backend.ts';
import { readDocument } from '../../servers/catalog/documents/read-document.ts';
import { textOf, yamlFilesOf } from '../../servers/catalog/load-catalog.ts';

export interface CatalogFolders {
  readonly projectDir: string;
  readonly folders: readonly string[];
}

/**
 * The documents as they stand in the catalog's folders, by their ids; places are relative to the project. Unlike the catalog
 * itself, which is whole or not at all, this takes what can be read: a slip in one file must not hide why another is as it is.
 */
export async function catalogDocuments({
  projectDir,
  folders,
}: CatalogFolders): Promise<ReadonlyMap<string, CatalogDocument>> {
  const files = await Promise.all(folders.map((folder) => yamlFilesOf(folder, { optional: true })));
  const documents = await Promise.all([...new Set(files.flat())].map(readOrNothing));
  return new Map(
    documents.flatMap((document) =>
      document ? [[document.id, { ...document, place: relative(projectDir, document.place) }]] : [],
    ),
  );
}

async function readOrNothing(place: string): Promise<CatalogDocument | undefined> {
  try {
    const text = await textOf(place);
    const kind = fileKind(parseYamlDocument({ file: place, text }));
    return kind === 'response' ? undefined : readDocument({ kind, place, text }).document;
  } catch (error) {
    if (AiworkflowError.is(error)) return undefined;
    throw error;
  }
}

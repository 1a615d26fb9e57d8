import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { posix } from 'node:path';
import type { JsonObject } from '../../../domain/json.ts';
import { DefinitionError } from '../../../errors/index.ts';
import type { Catalog, CatalogBackend, NewFeed } from '../backend.ts';
import { yamlText } from '../documents/yaml-text.ts';
import { type CatalogFolders, feedsIn, loadCatalog, textOf, yamlFilesOf } from '../load-catalog.ts';
import { editYaml } from './edit-yaml.ts';
import { writeWhole } from './write-whole.ts';

/** Documents as YAML files in the project, read anew when any of them has changed. */
export function createFilesBackend(folders: CatalogFolders): CatalogBackend {
  const { contracts, feeds = feedsIn(contracts) } = folders;
  let known: { readonly signature: string; readonly catalog: Catalog } | undefined;
  return {
    read: async () => {
      const signature = await signatureOf([contracts, posix.join(contracts, 'policies'), feeds]);
      if (known?.signature !== signature) known = { signature, catalog: await loadCatalog(folders) };
      return known.catalog;
    },
    addFeed: async (feed) => addFeed(feeds, feed),
    replace: async (was, now) => writeWhole(was.place, editYaml(await textOf(was.place), now)),
  };
}

/** The contract first: a crash after it leaves a feed without a mapping, which the same registration completes. */
function addFeed(folder: string, { id, contract, mapping }: NewFeed): void {
  if (contract) writeNew(posix.join(folder, `${id}.odcs.yaml`), contract);
  if (mapping) writeNew(posix.join(folder, `${id}.mapping.yaml`), mapping);
}

function writeNew(file: string, value: JsonObject): void {
  if (existsSync(file))
    throw new DefinitionError({
      code: 'FILE_CHANGED',
      message: `${file} is there already, and holds a document of another id.`,
      hint: `a person has to give ${file} another name.`,
    });
  writeWhole(file, yamlText(value));
}

/** Changes when a file comes, goes, or is written. */
async function signatureOf(folders: readonly string[]): Promise<string> {
  const [contracts = '', ...others] = folders;
  const files = [
    ...(await yamlFilesOf(contracts)),
    ...(await Promise.all(others.map((folder) => yamlFilesOf(folder, { optional: true })))).flat(),
  ];
  const stats = await Promise.all(files.map((file) => statOf(file)));
  return files.map((file, index) => `${file} ${stats[index]}`).join('\n');
}

async function statOf(file: string): Promise<string> {
  try {
    const { ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
    return `${ino} ${size} ${mtimeNs} ${ctimeNs}`;
  } catch (cause) {
    throw new DefinitionError({
      code: 'FILE_UNREADABLE',
      message: `${file} was there and cannot be read.`,
      hint: 'a file of the catalog was taken away while it was read: call again.',
      cause,
    });
  }
}

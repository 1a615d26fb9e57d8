import type { CatalogDocument } from '../../servers/catalog/backend.ts';
import type { OpenMetadataBackend } from '../../servers/catalog/openmetadata/openmetadata-backend.ts';

/** What became of each document: written, there already with the same text, or there with another one and left alone. */
export interface Published {
  readonly kind: CatalogDocument['kind'];
  readonly id: string;
  readonly version: string;
  readonly outcome: 'written' | 'same' | 'differs';
}

/** Fills a server with documents that it does not have. What is in force there changes only when a person accepts a change. */
export async function publish(
  backend: OpenMetadataBackend,
  documents: readonly CatalogDocument[],
): Promise<Published[]> {
  const there = (await backend.read()).documents;
  const published: Published[] = [];
  // A mapping stands with the table of its contract, so contracts come first.
  const order = ['contract', 'policy', 'mapping'];
  for (const document of [...documents].sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind))) {
    const { kind, id, version, digest } = document;
    const found = there.find((one) => one.kind === kind && one.id === id);
    if (!found) await write(backend, document);
    const outcome = found ? (found.digest === digest ? 'same' : 'differs') : 'written';
    published.push({ kind, id, version, outcome });
  }
  return published;
}

async function write(backend: OpenMetadataBackend, { kind, value }: CatalogDocument): Promise<void> {
  if (kind !== 'mapping') return backend.publish(kind, value);
  const { contract } = value['source'] as { readonly contract: string };
  await backend.addFeed({ id: contract, mapping: value });
}

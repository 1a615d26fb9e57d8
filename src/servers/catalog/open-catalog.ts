import type { CatalogBackend } from './backend.ts';
import { type ChangeBook, openChangeBook } from './changes/change-book.ts';
import { createFilesBackend } from './files/files-backend.ts';
import type { CatalogArguments } from './read-arguments.ts';

export interface OpenCatalog {
  readonly backend: CatalogBackend;
  readonly book: ChangeBook;
}

/** The catalog that the arguments name. Nothing is read, made or asked for yet. Throws AiworkflowError. */
export function openCatalog(
  { contracts, feeds, database }: CatalogArguments,
  _surroundings: { readonly env: Readonly<Record<string, string | undefined>> },
): OpenCatalog {
  return { backend: createFilesBackend({ contracts, feeds }), book: openChangeBook(database) };
}

import type { DocumentKind } from '../documents/kinds.ts';
import type { VersionOrigin } from './change.ts';
import { openChangeBook } from './change-book.ts';

/**
 * How a version of a document came to be in force: registered by a tool call, or asked for by one and accepted by a person. Undefined for
 * what people wrote by hand, and when nobody ever asked this catalog for anything. `file`: `--database` of the catalog.
 * Throws DefinitionError CATALOG_DATABASE.
 */
export function changesOf(
  file: string,
  wanted: { readonly kind: DocumentKind; readonly id: string; readonly version: string },
): VersionOrigin | undefined {
  const book = openChangeBook(file);
  try {
    return book.originOf(wanted);
  } finally {
    book.close();
  }
}

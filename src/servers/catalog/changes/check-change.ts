import { isJsonObject, type JsonObject } from '../../../domain/json.ts';
import { AiworkflowError } from '../../../errors/index.ts';
import type { Comparison } from '../../../metadata/versions/change.ts';
import { compareDocuments } from '../../../metadata/versions/compare-documents.ts';
import type { Catalog, CatalogDocument } from '../backend.ts';
import { assembleCatalog, type ReadDocuments } from '../documents/assemble-catalog.ts';
import { named } from '../documents/kinds.ts';
import { type ReadDocument, readDocument } from '../documents/read-document.ts';
import { yamlText } from '../documents/yaml-text.ts';
import { Refusal } from '../refusal.ts';

/**
 * Whether a document may take the place of the one that is in force: it is one of its kind, it fits the others, and its version
 * says how much has changed. Throws Refusal.
 */
export function checkChange(
  catalog: Catalog,
  { was, now }: { readonly was: CatalogDocument; readonly now: JsonObject },
): Comparison {
  const { document } = checkedDocument({ kind: was.kind, value: now });
  if (document.id !== was.id)
    throw new Refusal(
      `The new document has the id "${document.id}" and the ${named(was)} another one.`,
      'An id stays for ever: register a new document, or leave the id as it is.',
    );
  requireFit([...catalog.documents.filter((one) => one !== was), { ...document, place: was.place }]);
  const comparison = compareDocuments(was.kind, { was: was.value, now });
  if (!comparison.enough) throw versionTooLow(was, comparison);
  return comparison;
}

/** A document that somebody gave, as the catalog would read it. Throws Refusal. */
export function checkedDocument({
  kind,
  value,
}: Pick<CatalogDocument, 'kind' | 'value'>): ReadDocument<unknown> {
  return refusing(() => readDocument({ kind, place: 'the document', text: yamlText(value) }));
}

/** All documents together, as they would be. Throws Refusal. */
export function requireFit(documents: readonly CatalogDocument[]): void {
  refusing(() => assembleCatalog(readAnew(documents)));
}

function readAnew(documents: readonly CatalogDocument[]): ReadDocuments {
  const of = <Kind extends CatalogDocument['kind']>(kind: Kind) =>
    documents
      .filter((document) => document.kind === kind)
      .map((document) => readDocument({ kind, place: document.place, text: yamlText(document.value) }));
  return { contracts: of('contract'), mappings: of('mapping'), policies: of('policy') };
}

/** What is wrong with a document that a model wrote goes back to the model. */
function refusing<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!AiworkflowError.is(error)) throw error;
    throw new Refusal(
      problemsOf(error).join(' '),
      'docs/catalog.md and docs/contracts.md say what a document must hold.',
    );
  }
}

/** Without places: what was given is JSON, and has no lines. */
function problemsOf({ message, hint, details }: AiworkflowError): string[] {
  const problems = Array.isArray(details) ? details.flatMap((one) => (isJsonObject(one) ? [one] : [])) : [];
  if (problems.length === 0) return [message, ...(hint === undefined ? [] : [hint])];
  return problems.slice(0, 20).map((one) => [one['message'], one['hint']].filter(Boolean).join(' '));
}

/** What changes, one each, the gravest first. */
export const differencesOf = ({ changes }: Comparison): string[] =>
  changes.map(({ kind, path, words }) => `${kind === 'breaking' ? 'breaking: ' : ''}${path}: ${words}`);

function versionTooLow(was: CatalogDocument, comparison: Comparison): Refusal {
  const { to, neededVersion, changes } = comparison;
  const why = changes.length > 0 ? `, because of ${differencesOf(comparison).slice(0, 10).join('; ')}` : '';
  return new Refusal(
    `The ${named(was)} is version ${was.version}; the new one says ${to} and needs at least ${neededVersion}${why}.`,
    `Set its version to ${neededVersion}.`,
  );
}

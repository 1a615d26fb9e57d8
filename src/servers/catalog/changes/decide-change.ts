import { AiworkflowError, DefinitionError, nearest } from '../../../errors/index.ts';
import type { Catalog, CatalogBackend, CatalogDocument } from '../backend.ts';
import { named } from '../documents/kinds.ts';
import { Refusal } from '../refusal.ts';
import type { Change } from './change.ts';
import type { ChangeBook } from './change-book.ts';
import { checkChange } from './check-change.ts';

interface Decider {
  readonly backend: CatalogBackend;
  readonly book: ChangeBook;
  readonly nowMs: number;
}

/**
 * Puts a change in force: checks it against the document as it is now, writes it whole, and keeps who decided and when. Alone
 * among all processes; a crash between writing and keeping is made good by accepting once more. Throws AiworkflowError CHANGE_UNKNOWN,
 * CHANGE_REFUSED (decided already, the document is another one by now, or what the change rests on is gone), and what the back end throws.
 */
export async function acceptChange(
  { backend, book, nowMs }: Decider,
  { changeId, by }: { readonly changeId: string; readonly by: string },
): Promise<Change> {
  changeNamed(book, changeId);
  return book.exclusively(async () => {
    const change = undecided(book, changeId);
    const catalog = await backend.read();
    const was = documentOf(catalog, change);
    if (was.digest !== change.to.digest) requireFits(catalog, { was, change });
    // In force already: an acceptance broke off here. Written once more, so that all that belongs to it is there.
    await backend.replace(was, change.now);
    book.decide(changeId, { decision: 'accepted', by, because: undefined, atMs: nowMs });
    return changeNamed(book, changeId);
  });
}

/** Keeps that a change is not wanted, and why: whoever asks for it again is told. Throws AiworkflowError CHANGE_UNKNOWN or CHANGE_REFUSED. */
export async function rejectChange(
  { book, nowMs }: Omit<Decider, 'backend'>,
  { changeId, by, because }: { readonly changeId: string; readonly by: string; readonly because: string },
): Promise<Change> {
  changeNamed(book, changeId);
  return book.exclusively(async () => {
    undecided(book, changeId);
    book.decide(changeId, { decision: 'rejected', by, because, atMs: nowMs });
    return changeNamed(book, changeId);
  });
}

/** Throws DefinitionError CHANGE_UNKNOWN with the nearest ids. */
export function changeNamed(book: ChangeBook, changeId: string): Change {
  const found = book.find(changeId);
  if (found) return found;
  const changes = book.list();
  const ids = changes.map(({ id }) => id);
  const documents = changes.filter(({ documentId }) => documentId === changeId).map(({ id }) => id);
  const guesses = documents.length > 0 ? documents.slice(-3) : nearest(changeId, ids);
  throw new DefinitionError({
    code: 'CHANGE_UNKNOWN',
    message: `There is no change "${changeId}".`,
    hint:
      guesses.length > 0
        ? `did you mean ${guesses.join(' or ')}?`
        : '`aiworkflow catalog changes` lists them.',
  });
}

/** What stands between a change and its acceptance now; undefined when nothing does. For lists: nothing is changed. */
export function obstacleTo(catalog: Catalog, change: Change): string | undefined {
  try {
    const was = documentOf(catalog, change);
    if (was.digest !== change.to.digest) requireFits(catalog, { was, change });
    return undefined;
  } catch (error) {
    if (AiworkflowError.is(error)) return error.message;
    throw error;
  }
}

function requireFits(
  catalog: Catalog,
  { was, change }: { readonly was: CatalogDocument; readonly change: Change },
): void {
  if (was.digest !== change.from.digest)
    throw refused(
      change,
      `the ${named(was)} is not what it was when the change was asked for: that was version ${change.from.version} (${change.from.digest}), and now it is ${was.version} (${was.digest})`,
      'let it be asked for anew against the document as it is now, and reject this one.',
    );
  try {
    checkChange(catalog, { was, now: change.now });
  } catch (error) {
    if (error instanceof Refusal) throw refused(change, error.message, error.hint);
    throw error;
  }
}

function documentOf({ documents }: Catalog, change: Change): CatalogDocument {
  const found = documents.find(({ kind, id }) => kind === change.kind && id === change.documentId);
  if (found) return found;
  throw refused(
    change,
    `there is no ${named({ kind: change.kind, id: change.documentId })} any more`,
    'put the document back, or reject the change.',
  );
}

function undecided(book: ChangeBook, changeId: string): Change {
  const change = changeNamed(book, changeId);
  const { decision } = change;
  if (!decision) return change;
  throw refused(
    change,
    `${decision.by} ${decision.decision} it already, on ${new Date(decision.atMs).toISOString().slice(0, 16).replace('T', ' at ')} UTC`,
    'a decision stays: write what is wanted after all into the document, or let something else be asked for.',
  );
}

function refused({ id }: Change, why: string, hint: string): AiworkflowError {
  return new AiworkflowError({
    code: 'CHANGE_REFUSED',
    message: `${id}: ${why}. Nothing was written.`,
    hint,
  });
}

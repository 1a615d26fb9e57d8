import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { memberOf } from '../../metadata/known-keys.ts';
import type { Problem } from '../../metadata/problem.ts';
import type { Comparison } from '../../metadata/versions/change.ts';
import { wrongUsage } from '../wrong-usage.ts';
import type { CheckedFile, DocumentCheck } from './check-documents.ts';
import { compareRead } from './compare-read.ts';
import { deletedDocuments, documentsAt, isSameDocument } from './former-documents.ts';
import { commitBefore, gitHistory, isCommit, stateAt } from './git-history.ts';
import type { DocumentFolders } from './project-folders.ts';
import { problemsOf, type ReadFile, readDocumentText } from './read-document.ts';
import { lastState } from './read-reference.ts';

interface Since {
  readonly projectDir: string;
  /** A commit, branch or tag; without it each file is compared with its own newest other state. */
  readonly commit?: string;
  readonly folders: readonly DocumentFolders[];
  /** Only some of the documents were asked for: those that are gone are not told. */
  readonly isPart: boolean;
}

/** The checks, each with what has changed since the document was last committed, and those that are gone. Throws DefinitionError without a history. */
export async function againstLast(checked: readonly CheckedFile[], since: Since): Promise<DocumentCheck[]> {
  const [first] = checked;
  if (first) await requireHistory(resolve(since.projectDir, first.read.file), since);
  const checks: DocumentCheck[] = [];
  for (const { read, check } of checked) {
    const comparable = read.kind !== 'response' && check.errors.length === 0;
    checks.push(comparable ? await withComparison(check, { read, since }) : check);
  }
  return since.isPart ? checks : [...checks, ...(await deletedDocuments(checks, since))];
}

/** A branch that is misspelt must not be taken for one in which nothing had been written yet. */
async function requireHistory(file: string, { commit }: Since): Promise<void> {
  const history = await gitHistory(file);
  if (history.kind === 'none')
    throw wrongUsage(
      `There is no history to compare with: ${history.why}.`,
      'leave --against-last out, or compare two files: aiworkflow contract diff <old file> <new file>',
    );
  if (commit !== undefined && !(await isCommit(file, commit)))
    throw wrongUsage(
      `There is no commit "${commit}" here.`,
      '`git branch --all` and `git log` name them; a shallow clone has only the newest.',
    );
}

async function withComparison(
  check: DocumentCheck,
  { read, since }: { readonly read: ReadFile; readonly since: Since },
): Promise<DocumentCheck> {
  const was = await stateBefore(read, since);
  if (!was) return check;
  try {
    const comparison = compareRead(was, read);
    return { ...check, comparison, errors: comparison.enough ? [] : [versionTooLow(read, comparison)] };
  } catch (error) {
    return { ...check, errors: problemsOf(error, read.file) };
  }
}

/** A document is known by its id: the text of the same file, else of the file that held the document then. */
async function stateBefore(read: ReadFile, since: Since): Promise<ReadFile | undefined> {
  const file = resolve(since.projectDir, read.file);
  const text = since.commit === undefined ? await textBefore(file) : await stateAt(file, since.commit);
  const name = `${read.file}@${since.commit ?? 'last'}`;
  const inPlace = text === undefined ? undefined : readDocumentText({ file: name, text });
  if (inPlace && isSameDocument(inPlace, read)) return inPlace;
  const former = await documentsAt(since.commit ?? (await commitBefore(file)), since);
  return former.find((one) => one.file !== read.file && isSameDocument(one, read)) ?? inPlace;
}

async function textBefore(file: string): Promise<string | undefined> {
  return (await lastState(file, await readFile(file, 'utf8')))?.text;
}

function versionTooLow({ document, file }: ReadFile, { breaking, from, neededVersion }: Comparison): Problem {
  const version = String(memberOf(document?.value, 'version'));
  return {
    code: 'DEFINITION_INVALID',
    message: `Version ${version} is too low: ${breaking ? 'a breaking change' : 'the change'} since ${from} needs ${neededVersion} at least.`,
    hint: `write \`version: ${neededVersion}\`, or take the change back.`,
    location: document?.at(['version']) ?? { file, line: 1, column: 1 },
    path: 'version',
  };
}

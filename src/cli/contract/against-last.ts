import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { memberOf } from '../../metadata/known-keys.ts';
import type { Problem } from '../../metadata/problem.ts';
import type { Comparison } from '../../metadata/versions/change.ts';
import { wrongUsage } from '../wrong-usage.ts';
import type { CheckedFile, DocumentCheck } from './check-documents.ts';
import { compareRead } from './compare-read.ts';
import { gitHistory, isCommit, stateAt } from './git-history.ts';
import { problemsOf, type ReadFile, readDocumentText } from './read-document.ts';
import { lastState } from './read-reference.ts';

interface Since {
  readonly projectDir: string;
  /** A commit, branch or tag; without it each file is compared with its own newest other state. */
  readonly commit?: string;
}

/** The checks, each with what has changed since the document was last committed. Throws DefinitionError without a history. */
export async function againstLast(checked: readonly CheckedFile[], since: Since): Promise<DocumentCheck[]> {
  const [first] = checked;
  if (first) await requireHistory(resolve(since.projectDir, first.read.file), since);
  const checks: DocumentCheck[] = [];
  for (const { read, check } of checked) {
    const comparable = read.kind !== 'response' && check.errors.length === 0;
    checks.push(comparable ? await withComparison(check, { read, since }) : check);
  }
  return checks;
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
  const file = resolve(since.projectDir, read.file);
  const text = since.commit === undefined ? await textBefore(file) : await stateAt(file, since.commit);
  if (text === undefined) return check;
  const was = readDocumentText({ file: `${read.file}@${since.commit ?? 'last'}`, text });
  try {
    const comparison = compareRead(was, read);
    return { ...check, comparison, errors: comparison.enough ? [] : [versionTooLow(read, comparison)] };
  } catch (error) {
    return { ...check, errors: problemsOf(error, read.file) };
  }
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

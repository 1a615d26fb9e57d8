import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { DefinitionError } from '../../errors/index.ts';
import { memberOf } from '../../metadata/known-keys.ts';
import { nameInProject } from './find-files.ts';
import { type FileState, gitHistory, stateAt } from './git-history.ts';
import { type ReadFile, readDocumentFile, readDocumentText } from './read-document.ts';

/** `contracts/a.odcs.yaml`, `…@1.0.0`, `…@last` or `…@<commit>` as the document that it means. Throws DefinitionError. */
export async function readReference(projectDir: string, reference: string): Promise<ReadFile> {
  const { file, at } = parts(reference);
  const absolute = resolve(file);
  const name = nameInProject(projectDir, absolute);
  if (at === undefined) return readDocumentFile(projectDir, name);
  const text = await textAt({ file: absolute, name, at });
  return readDocumentText({ file: `${name}@${at}`, text });
}

/** The newest committed text that is not the one in the file; undefined when there is none. */
export async function lastState(file: string, now: string): Promise<FileState | undefined> {
  const history = await gitHistory(file);
  if (history.kind === 'none') return undefined;
  for await (const state of history.states()) if (state.text !== now) return state;
  return undefined;
}

function parts(reference: string): { file: string; at?: string } {
  const index = reference.lastIndexOf('@');
  if (index <= 0 || existsSync(reference)) return { file: reference };
  return { file: reference.slice(0, index), at: reference.slice(index + 1) };
}

interface Wanted {
  readonly file: string;
  readonly name: string;
  readonly at: string;
}

async function textAt(wanted: Wanted): Promise<string> {
  const { file, name, at } = wanted;
  const history = await gitHistory(file);
  if (history.kind === 'none') throw noHistory(wanted, history.why);
  const text =
    at === 'last'
      ? await textBefore(file)
      : ((await textOfVersion(history.states(), wanted)) ?? (await stateAt(file, at)));
  if (text !== undefined) return text;
  throw new DefinitionError({
    code: 'FILE_NOT_FOUND',
    message:
      at === 'last'
        ? `No other state of ${name} was committed.`
        : `No state of ${name} has the version ${at}, and there is no commit of this name that holds it.`,
    hint: `\`git log --oneline -- ${name}\` lists its states; a shallow clone has only the newest.`,
  });
}

async function textBefore(file: string): Promise<string | undefined> {
  const { readFile } = await import('node:fs/promises');
  const now = existsSync(file) ? await readFile(file, 'utf8') : '';
  return (await lastState(file, now))?.text;
}

/** The newest state that carries the version. */
async function textOfVersion(
  states: AsyncGenerator<FileState>,
  { name, at }: Wanted,
): Promise<string | undefined> {
  if (!/^\d+\.\d+\.\d+$/.test(at)) return undefined;
  for await (const { text } of states) {
    const { document } = readDocumentText({ file: name, text });
    if (memberOf(document?.value, 'version') === at) return text;
  }
  return undefined;
}

function noHistory({ name, at }: Wanted, why: string): DefinitionError {
  return new DefinitionError({
    code: 'FILE_NOT_FOUND',
    message: `${name}@${at} is not known: ${why}.`,
    hint: 'compare two files instead: aiworkflow contract diff <old file> <new file>',
  });
}

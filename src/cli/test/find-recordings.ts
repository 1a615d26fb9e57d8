import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DefinitionError } from '../../errors/index.ts';

export const defaultFolder = 'tests/recordings';

export interface RecordingsOptions {
  readonly project: string;
  readonly recordings?: string;
}

/** The exports in the folder, by name. Throws FILE_NOT_FOUND when there are none: a test of nothing must not pass. */
export function findRecordings({ project, recordings }: RecordingsOptions): string[] {
  const folder = recordings ?? join(project, defaultFolder);
  const names = namesIn(folder).filter((name) => name.endsWith('.jsonl'));
  if (names.length === 0) throw noRecordings(`There are no recordings in ${folder}.`, folder);
  return names.sort().map((name) => join(folder, name));
}

/** Also for a workflow that none of them is of. */
export function noRecordings(message: string, folder: string): DefinitionError {
  return new DefinitionError({
    code: 'FILE_NOT_FOUND',
    message,
    hint: `keep a run that went well as one: mkdir -p ${folder} && aiworkflow export <run> --out ${join(folder, '<name>.jsonl')}`,
  });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(resolve(folder));
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return [];
    throw cause;
  }
}

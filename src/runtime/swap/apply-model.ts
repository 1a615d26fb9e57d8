import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { withStepModel } from '../../definitions/with-step-model.ts';
import type { LoadedPromptStep } from '../../domain/loaded-workflow.ts';
import { DefinitionError, messageOf } from '../../errors/index.ts';

/** The file that a step stands in, as it was when the swap began: of an inner workflow's step, that workflow's file. */
export interface StepFile {
  readonly path: string;
  /** Relative to the project. */
  readonly name: string;
  readonly stepId: string;
  readonly text: string;
}

const bom = '\uFEFF';

export async function readStepFile(
  projectDir: string,
  { id, location }: LoadedPromptStep,
): Promise<StepFile> {
  const path = resolve(projectDir, location.file);
  return { path, name: location.file, stepId: id, text: await read(path, location.file) };
}

/**
 * Writes the model into the step, comments and all else as they were. Throws FILE_CHANGED when somebody has edited the
 * file since: what was compared is not what stands there now.
 */
export async function applyModel({ path, name, stepId, text }: StepFile, model: string): Promise<void> {
  const now = await read(path, name);
  if (now !== text)
    throw new DefinitionError({
      code: 'FILE_CHANGED',
      message: `${name} was changed while the runs were replayed; nothing was written.`,
      hint: `look at what changed; if the step is still the one that was compared, set model: ${model} there by hand, or run the swap again.`,
    });
  const mark = text.startsWith(bom) ? bom : '';
  const edited = withStepModel({ text: text.slice(mark.length), file: name, stepId, model });
  await writeFile(path, mark + edited).catch((cause: unknown) => {
    throw unusable(name, 'written', cause);
  });
}

const read = (path: string, name: string): Promise<string> =>
  readFile(path, 'utf8').catch((cause: unknown) => {
    throw unusable(name, 'read', cause);
  });

function unusable(name: string, how: 'read' | 'written', cause: unknown): DefinitionError {
  return new DefinitionError({
    code: 'FILE_UNREADABLE',
    message: `${name} cannot be ${how}: ${messageOf(cause)}.`,
    hint: 'check that the file is there and may be changed.',
    cause,
  });
}

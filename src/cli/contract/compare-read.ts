import { ZodError } from 'zod';
import { DefinitionError } from '../../errors/index.ts';
import { memberOf } from '../../metadata/known-keys.ts';
import type { Comparison } from '../../metadata/versions/change.ts';
import { compareDocuments } from '../../metadata/versions/compare-documents.ts';
import type { ReadFile } from './read-document.ts';

/** Two states of a document. Throws DefinitionError when they are none, or two documents. */
export function compareRead(was: ReadFile, now: ReadFile): Comparison {
  const { kind } = now;
  if (kind === 'response' || was.kind !== kind)
    throw incomparable(`${was.file} is ${kindWords[was.kind]}, and ${now.file} is ${kindWords[kind]}.`);
  const [before, after] = [memberOf(was.document?.value, 'id'), memberOf(now.document?.value, 'id')];
  if (before !== after)
    throw incomparable(
      `${was.file} has the id "${String(before)}", and ${now.file} the id "${String(after)}".`,
    );
  try {
    return compareDocuments(kind, { was: was.document?.value, now: now.document?.value });
  } catch (error) {
    if (!(error instanceof ZodError)) throw error;
    const [issue] = error.issues;
    throw new DefinitionError({
      code: 'DEFINITION_INVALID',
      message: `${was.file} and ${now.file} cannot be compared: ${issue?.path.join('.')}: ${issue?.message}`,
      hint: '`aiworkflow contract check <file>` says what is wrong with each.',
      cause: error,
    });
  }
}

export const kindWords = {
  contract: 'the contract of a table',
  mapping: 'a mapping',
  policy: 'a policy',
  response: 'the contract of an answer',
} as const;

function incomparable(message: string): DefinitionError {
  return new DefinitionError({
    code: 'DEFINITION_INVALID',
    message,
    hint: 'two versions of one contract, mapping or policy can be compared; for the contract of an answer: aiworkflow check --contract <file>',
  });
}

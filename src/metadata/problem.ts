import type { SourceLocation } from '../domain/source-location.ts';
import { formatLocation } from '../domain/source-location.ts';
import { DefinitionError, type ErrorCode } from '../errors/index.ts';

/** One thing that is wrong in a document, and where. */
export interface Problem {
  readonly code: ErrorCode;
  readonly message: string;
  /** What to type next. */
  readonly hint?: string;
  readonly location: SourceLocation;
  /** Of the value in the document, as `schema.0.physicalName`. */
  readonly path: string;
}

/** All that is wrong with a document is told at once, so that it is mended in one go. */
export class DocumentError extends DefinitionError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly [Problem, ...Problem[]]) {
    const [first, ...others] = problems;
    const lines = others.map(({ location, message }) => `${formatLocation(location)} ${message}`);
    super({
      code: first.code,
      message: [first.message, ...lines].join('\n'),
      location: first.location,
      details: problems.map(({ code, message, hint, location, path }) => ({
        path,
        code,
        message,
        ...(hint !== undefined && { hint }),
        ...location,
      })),
      ...hintOf(problems),
    });
    this.problems = problems;
  }
}

/** Throws DocumentError when there is a problem, those of a file by line. */
export function throwProblems(problems: readonly Problem[]): void {
  const [first, ...others] = inOrder(problems);
  if (first) throw new DocumentError([first, ...others]);
}

export function inOrder(problems: readonly Problem[]): Problem[] {
  return problems.toSorted(
    (a, b) =>
      compare(a.location.file, b.location.file) ||
      a.location.line - b.location.line ||
      a.location.column - b.location.column,
  );
}

function hintOf(problems: readonly Problem[]): { hint?: string } {
  const several = problems.length > 1;
  const hints = problems.flatMap(({ hint, location }) =>
    hint === undefined ? [] : [several ? `${location.line}:${location.column} ${hint}` : hint],
  );
  return hints.length > 0 ? { hint: hints.join('\n') } : {};
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

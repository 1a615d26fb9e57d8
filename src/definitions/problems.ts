import type { JsonObject } from '../domain/json.ts';
import { formatLocation } from '../domain/source-location.ts';
import { AiworkflowError, DefinitionError, type ErrorFields } from '../errors/index.ts';

/** Several things are wrong: all are told at once, so that a file is mended in one go. */
export class DefinitionErrors extends DefinitionError {
  readonly problems: readonly AiworkflowError[];

  constructor(first: AiworkflowError, problems: readonly AiworkflowError[]) {
    super({
      code: first.code,
      message: [bareMessage(first), ...problems.slice(1).map((problem) => problem.message)].join('\n'),
      details: problems.map(describe),
      ...(first.location && { location: first.location }),
      ...hintOf(problems),
    });
    this.problems = problems;
  }
}

/** The single problems of an error from loading, for a report that lists them. */
export function problemsOf(error: AiworkflowError): readonly AiworkflowError[] {
  return error instanceof DefinitionErrors ? error.problems : [error];
}

/** Keeps going after a problem, to find the next one. What is no error of ours is a defect and passes through. */
export class ProblemCollector {
  readonly #problems: AiworkflowError[] = [];

  add(fields: ErrorFields): void {
    this.#problems.push(new DefinitionError(fields));
  }

  keep(error: unknown): void {
    if (!AiworkflowError.is(error)) throw error;
    this.#problems.push(...problemsOf(error));
  }

  attempt<Result>(action: () => Result): Result | undefined {
    try {
      return action();
    } catch (error) {
      this.keep(error);
      return undefined;
    }
  }

  async attemptAsync<Result>(action: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await action();
    } catch (error) {
      this.keep(error);
      return undefined;
    }
  }

  throwIfAny(): void {
    const problems = inOrder(this.#problems);
    const [first] = problems;
    if (!first) return;
    throw problems.length === 1 ? first : new DefinitionErrors(first, problems);
  }
}

/** The message without the place in front of it. */
export function bareMessage(error: AiworkflowError): string {
  return error.location ? error.message.slice(formatLocation(error.location).length + 1) : error.message;
}

function describe(problem: AiworkflowError): JsonObject {
  return {
    code: problem.code,
    message: bareMessage(problem),
    ...(problem.hint !== undefined && { hint: problem.hint }),
    ...(problem.location && { ...problem.location }),
  };
}

function hintOf(problems: readonly AiworkflowError[]): { hint?: string } {
  const hints = problems.flatMap((problem) => {
    const place = problem.location ? `${problem.location.line}:${problem.location.column} ` : '';
    return problem.hint === undefined ? [] : [place + problem.hint];
  });
  return hints.length > 0 ? { hint: hints.join('\n') } : {};
}

/** By line within each file; the files in the order in which they were read. */
function inOrder(problems: readonly AiworkflowError[]): AiworkflowError[] {
  const files = [...new Set(problems.map((problem) => problem.location?.file))];
  const rank = ({ location }: AiworkflowError) => files.indexOf(location?.file);
  return problems.toSorted(
    (a, b) =>
      rank(a) - rank(b) ||
      (a.location?.line ?? 0) - (b.location?.line ?? 0) ||
      (a.location?.column ?? 0) - (b.location?.column ?? 0),
  );
}

import { LakeFailure } from '../lake-failure.ts';
import { normalizeType } from '../storage/column-types.ts';
import { quoteName } from '../storage/quote-sql.ts';
import type { ExpectedColumn, ExpectedFeed } from './expected-feed.ts';

/**
 * Every column with its source: what the column says, else the contract's `options.columns`, else, in a file without
 * header, its place, else its name.
 * @throws LakeFailure for a type that the lake does not have.
 */
export function resolveColumns({ columns, options }: ExpectedFeed): ExpectedColumn[] {
  const mapping = options?.columns ?? {};
  const byPlace = options?.header === false && Object.keys(mapping).length === 0;
  return columns.map(({ name, type, nullable = true, source }, index) => {
    const named = Object.hasOwn(mapping, name) ? mapping[name] : undefined;
    const standard = byPlace ? `column${index + 1}` : name;
    return { name, type: typeOf(name, type), nullable, source: firstGiven(source, named, standard) };
  });
}

function firstGiven(...given: readonly (string | null | undefined)[]): string | null {
  return given.find((source) => source !== undefined) ?? null;
}

function typeOf(name: string, type: string): string {
  try {
    return normalizeType(type);
  } catch (error) {
    if (!(error instanceof LakeFailure)) throw error;
    throw new LakeFailure(`The column ${quoteName(name)}: ${error.problem}`, error.remedy);
  }
}

import type { Style } from '../render/style.ts';

export interface WhyPage {
  readonly style: Style;
  readonly columns: number;
  /** Everything of a table or a column, too, which are told in short otherwise. */
  readonly isFull?: boolean;
  /** ` --db other.db`, for the commands that are suggested. */
  readonly place: string;
  /** ` --at <moment>`, as it was typed, for the same. */
  readonly at?: string;
}

export const pairs = (key: Readonly<Record<string, unknown>>): string =>
  Object.entries(key)
    .map(([name, value]) => `${name} = ${shown(value)}`)
    .join(', ');

export const shown = (value: unknown): string =>
  value === null || value === undefined
    ? 'NULL'
    : typeof value === 'string' && !/\p{Cc}/u.test(value)
      ? value
      : JSON.stringify(value);

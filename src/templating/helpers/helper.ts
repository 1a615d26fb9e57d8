import type { Json } from '../../domain/json.ts';
import type { MayBeAbsent } from '../resolve-path.ts';

export type Options = Readonly<Record<string, Json>>;

export interface Helper {
  /** How it is written, for messages: `truncate text length`. */
  readonly usage: string;
  readonly minArguments: number;
  readonly maxArguments: number;
  /** `name=value` arguments. */
  readonly options?: readonly string[];
  /** Whether its arguments may be values that are not there (default: none may). */
  readonly mayBeAbsent?: (argument: number) => MayBeAbsent;
  /** Only `mayBeAbsent` arguments can be undefined. Throws HelperFailure for a value that it cannot use. */
  apply(values: readonly (Json | undefined)[], options: Options): Json | undefined;
}

/** Says what is wrong with the values; the caller knows the place and makes a TemplateError of it. */
export class HelperFailure extends Error {}

export function kindOf(value: Json | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `the ${typeof value} ${JSON.stringify(value)}`;
}

/** As #if sees it: false, 0, '', null, an empty list and nothing at all are false. */
export function isTruthy(value: Json | undefined): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}

import { decimalParts, lakeType } from '../lake/lake-type.ts';
import type { Change } from './change.ts';
import { isSame } from './words-only.ts';

interface Typed {
  readonly logicalType?: string | undefined;
  readonly physicalType?: string | undefined;
  readonly logicalTypeOptions?: unknown;
}

/** The type of a column and the options of its logical type. */
export function compareTypes(was: Typed, now: Typed, path: string): Change[] {
  return [
    ...comparePhysical(was, now, path),
    ...compareLogical(was, now, path),
    ...compareOptions(was, now, path),
  ];
}

function comparePhysical({ physicalType: was }: Typed, { physicalType: now }: Typed, path: string): Change[] {
  const [before, after] = [spelled(was), spelled(now)];
  if (before === after)
    return was === now ? [] : [{ kind: 'documentation', path, words: `${was} is written ${now}` }];
  const isWider = before !== undefined && after !== undefined && canHold(after, before);
  return [
    {
      kind: isWider ? 'compatible' : 'breaking',
      path,
      words: `the type was ${before ?? 'none'} and is ${after ?? 'none'}${isWider ? ', which holds all values of before' : ''}`,
    },
  ];
}

const spelled = (type: string | undefined): string | undefined =>
  type === undefined ? undefined : (lakeType(type) ?? type);

const wholeNumbers = ['SMALLINT', 'INTEGER', 'BIGINT'];

/** What a table can be widened to without writing its rows anew. */
function canHold(wide: string, narrow: string): boolean {
  const [to, from] = [decimalParts(wide), decimalParts(narrow)];
  if (to && from) return to.scale === from.scale && to.precision > from.precision;
  const [at, before] = [wholeNumbers.indexOf(wide), wholeNumbers.indexOf(narrow)];
  return before >= 0 && at > before;
}

function compareLogical({ logicalType: was }: Typed, { logicalType: now }: Typed, path: string): Change[] {
  if (was === now) return [];
  const areNumbers = [was, now].every((type) => type === 'number' || type === 'integer');
  return [
    {
      kind: areNumbers ? 'documentation' : 'breaking',
      path,
      words: `logicalType was ${was ?? 'none'} and is ${now ?? 'none'}`,
    },
  ];
}

/** Options by which way a number of theirs narrows what may stand in the column. */
const directions: Readonly<Record<string, 'up' | 'down'>> = {
  minLength: 'up',
  minimum: 'up',
  exclusiveMinimum: 'up',
  minItems: 'up',
  minProperties: 'up',
  maxLength: 'down',
  maximum: 'down',
  exclusiveMaximum: 'down',
  maxItems: 'down',
  maxProperties: 'down',
};

function compareOptions(
  { logicalTypeOptions: a }: Typed,
  { logicalTypeOptions: b }: Typed,
  path: string,
): Change[] {
  const [was, now] = [(a ?? {}) as Record<string, unknown>, (b ?? {}) as Record<string, unknown>];
  const names = [...new Set([...Object.keys(was), ...Object.keys(now)])];
  return names
    .filter((name) => !isSame(was[name], now[name]))
    .map((name) => ({
      kind: isNarrower(name, was[name], now[name]) ? 'compatible' : 'breaking',
      path,
      words: `${name} was ${shown(was[name])} and is ${shown(now[name])}`,
    }));
}

function isNarrower(...[name, was, now]: readonly [string, unknown, unknown]): boolean {
  if (was === undefined) return true;
  const direction = directions[name];
  if (
    direction === undefined ||
    (typeof was !== 'number' && typeof was !== 'string') ||
    typeof now !== typeof was
  )
    return false;
  return direction === 'up' ? (now as typeof was) > was : (now as typeof was) < was;
}

const shown = (value: unknown): string => (value === undefined ? 'not said' : (JSON.stringify(value) ?? ''));

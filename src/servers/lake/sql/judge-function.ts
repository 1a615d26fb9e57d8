import { nearest } from '../../../errors/index.ts';
import { LakeFailure } from '../lake-failure.ts';
import {
  changingFunctions,
  deadlyFunctions,
  deadlyTypes,
  growingFunctions,
  harmlessTableFunctions,
  patternFunctions,
} from './function-rules.ts';
import { knownFunctions, knownOperators } from './known-functions.ts';
import { isNode, type Node, nodesAt, nodesWithin, textAt } from './syntax-tree.ts';
import { numberText } from './tree-json.ts';

/** @throws LakeFailure unless the function's result is made of its arguments alone, and is not larger than they allow. */
export function judgeFunction(node: Node): void {
  const called = textAt(node, 'function_name').toLowerCase();
  refuseForeign(node, called);
  const isClock = called === 'age' && nodesAt(node, 'children').length === 1;
  if (isClock || changingFunctions.has(called) || /^(pg_|read_|duckdb_|pragma_)/.test(called)) {
    throw new LakeFailure(
      `${called}() is not allowed: its result depends on the machine or the moment, not on the data.`,
      "write the value as a literal, e.g. DATE '2026-01-31'.",
    );
  }
  if (deadlyFunctions.has(called)) {
    throw new LakeFailure(
      `${called}() is not allowed: deeply nested JSON would end the lake.`,
      'take the parts with json_extract, json_keys or json_each.',
    );
  }
  if (!knownFunctions.has(called) && !knownOperators.has(called)) throw refuseUnknown(called);
  judgeSize(node, called);
}

export function judgeTableFunction(node: Node): void {
  const call = isNode(node['function']) ? node['function'] : {};
  const called = textAt(call, 'function_name').toLowerCase();
  refuseForeign(call, called);
  if (harmlessTableFunctions.has(called)) return;
  throw new LakeFailure(
    `The table function ${called}() is not allowed.`,
    'files are read by inspect_file and ingest; SQL reads tables of the lake, range() and unnest().',
  );
}

export function judgeCast(node: Node): void {
  const types = isNode(node['cast_type']) ? [...nodesWithin(node['cast_type'])] : [];
  const deadly = types.map((type) => textAt(type, 'id')).find((type) => deadlyTypes.has(type));
  if (deadly === undefined) return;
  throw new LakeFailure(`A cast to ${deadly} is not allowed.`, 'cast to JSON, to a STRUCT or to VARCHAR.');
}

/** A name with a schema could mean a function of another catalog. */
function refuseForeign(call: Node, called: string): void {
  const place = [textAt(call, 'catalog'), textAt(call, 'schema')].filter((part) => part !== '').join('.');
  if (place === '' || place === 'main') return;
  throw new LakeFailure(`${place}.${called}() is not allowed.`, `write ${called}() without a schema.`);
}

function refuseUnknown(called: string): LakeFailure {
  const near = nearest(called, knownFunctions)[0];
  return new LakeFailure(
    `${called}() is not allowed: it is not known to be harmless.`,
    near === undefined ? 'write it with other functions of DuckDB.' : `did you mean ${near}()?`,
  );
}

function judgeSize(node: Node, called: string): void {
  const given = nodesAt(node, 'children');
  const growth = Object.hasOwn(growingFunctions, called) ? growingFunctions[called] : undefined;
  if (growth?.sizes.some((place) => given[place] && !isAtMost(given[place], growth.most))) {
    throw new LakeFailure(
      `${called}() needs its size as a number that is at most ${growth.most}.`,
      'write the number; for many rows use FROM range(…).',
    );
  }
  if (growth && given.some((argument) => holdsGrowth(argument))) {
    throw new LakeFailure(
      `${called}() of a value that is grown as well is not allowed.`,
      'grow a value once.',
    );
  }
  if (patternFunctions.has(called) && !isPlainPattern(given[0])) {
    throw new LakeFailure(
      `The pattern of ${called}() must be a text with widths of at most 3 digits.`,
      'pad with lpad() or rpad().',
    );
  }
}

function isAtMost(argument: Node, most: number): boolean {
  const value = isNode(argument['value']) ? numberText(argument['value']['value']) : undefined;
  return argument['class'] === 'CONSTANT' && value !== undefined && Math.abs(Number(value)) <= most;
}

function holdsGrowth(node: Node): boolean {
  const called = textAt(node, 'function_name').toLowerCase();
  return Object.hasOwn(growingFunctions, called) || nodesAt(node, 'children').some(holdsGrowth);
}

function isPlainPattern(argument: Node | undefined): boolean {
  const value = argument && isNode(argument['value']) ? argument['value']['value'] : undefined;
  return argument?.['class'] === 'CONSTANT' && typeof value === 'string' && !/\d{4}|\*|\{[^}]*\{/.test(value);
}

import type { ColumnRule, Explanation, Writer } from '../../lineage/answer.ts';

/** A place in the chain where the value is made, not only carried on. */
export interface RuleStep {
  readonly explanation: Explanation;
  readonly writer: Writer;
  readonly rule: ColumnRule | undefined;
}

/**
 * The rules that made a value, the last one first. Statements that carry it on as it is are passed by: a copy into the
 * published table says nothing about a price.
 */
export function rulesBehind(explanation: Explanation): RuleStep[] {
  const [writer] = explanation.writers;
  const mapping = writer?.mapping;
  if (!writer || !mapping || explanation.column === undefined || isReference(writer)) return [];
  const [rule] = mapping.columns;
  const further = inputsOf(writer)
    .filter((input) => rule?.direct.some(({ table }) => isTable(input, table)))
    .flatMap(rulesBehind);
  if (further.length > 0 && !mapping.document && isCarriedOn(explanation, rule)) return further;
  return [{ explanation, writer, rule }, ...further];
}

/** Its rows were written as they are, by a call: nothing is behind them. */
export const isReference = ({ tool, mapping }: Writer): boolean =>
  tool === 'write_rows' || (mapping !== undefined && mapping.inputs.length === 0);

export const inputsOf = ({ mapping }: Writer): Explanation[] =>
  (mapping?.inputs ?? []).flatMap(({ explanations }) => explanations);

/** Of a table or a whole row: those that wrote it by a mapping; without one who wrote it. */
export function makersOf(explanation: Explanation): readonly Writer[] {
  const mapped = mappersOf(explanation);
  return mapped.length > 0 ? mapped : explanation.writers.slice(0, 1);
}

const mappersOf = ({ writers }: Explanation): Writer[] =>
  writers.flatMap((writer) => [
    ...(writer.mapping?.document ? [writer] : []),
    ...inputsOf(writer).flatMap(mappersOf),
  ]);

/** `at` is how a statement may name it: `schema.table`, or `schema.table@<moment>`. */
export const isTable = ({ table }: Explanation, at: string): boolean =>
  table.toLowerCase() === at.replace(/@.*$/, '').toLowerCase();

const name = String.raw`(?:"[^"]+"|\w+)`;
const carried = new RegExp(
  String.raw`^(?:CAST\()?${name}(?:\.${name}){1,3}(?: AS [^()]+(?:\([\d, ]+\))?\))?$`,
);

/** A column, or a CAST of one: when the row is known, only if the value stayed the same. */
function isCarriedOn({ row, column = '', writers }: Explanation, rule: ColumnRule | undefined): boolean {
  const expressions = rule?.expressions ?? [];
  if (expressions.length === 0 || !expressions.every((text) => carried.test(text))) return false;
  if (!row) return true;
  const before = writers.flatMap(inputsOf).filter((input) => input.row && input.column !== undefined);
  return before.every(
    (input) => JSON.stringify(input.row?.values[input.column ?? '']) === JSON.stringify(row.values[column]),
  );
}

import type { AppliedMapping, Explanation, ReviewedColumn } from '../../lineage/answer.ts';
import { counted } from '../render/counts.ts';
import { shown } from './page-options.ts';
import { inputsOf, isReference, isTable, type RuleStep } from './rule-chain.ts';

/**
 * `"times the rate", from price, policy.rates.rate   [mapping prices@1.2.0]` and the expression below it; without a
 * mapping document the expression alone.
 */
export function ruleWords(
  { explanation, writer, rule }: RuleStep,
  { isFirst }: { isFirst: boolean },
): string {
  const { mapping } = writer;
  const document = mapping?.document ? `   [mapping ${mapping.document.document}]` : '';
  const of = isFirst ? '' : `${explanation.table}.${explanation.column}: `;
  const unknown =
    rule && rule.unknowns.length > 0
      ? [`not understood: ${rule.unknowns.join('; ')}; it may depend on everything that was in reach`]
      : [];
  const expressions = mapping && rule ? branchesOf(rule.expressions, mapping) : [];
  const written = expressions.length > 0 ? expressions.join('\nor ') : 'an expression that is not understood';
  const [reviewed] = mapping?.reviewed ?? [];
  if (!reviewed) return [`${of}${written}${document}`, ...unknown].join('\n');
  // Over all rows the words are enough: there is one rule for each vendor.
  const below = explanation.row && expressions.length > 0 ? [written] : [];
  return [`${of}${reviewedWords(reviewed)}${document}`, ...below, ...unknown].join('\n');
}

function reviewedWords({ rule, from }: ReviewedColumn): string {
  return `${JSON.stringify(rule)}${from.length === 0 ? '' : `, from ${from.join(', ')}`}`;
}

/** Of a UNION the branches that the row can be from: those of tables with no row behind it are not. */
export function branchesOf(
  expressions: readonly string[],
  { inputs, rowsFollowed }: AppliedMapping,
): readonly string[] {
  if (rowsFollowed !== 'exact') return expressions;
  const absent = inputs.filter(({ rowsBehind }) => rowsBehind === 0);
  const possible = expressions.filter((text) => !absent.some(({ table }) => names(text, table)));
  return possible.length > 0 ? possible : expressions;
}

export const names = (expression: string, table: string): boolean =>
  expression.replaceAll('"', '').toLowerCase().includes(`${table.toLowerCase()}.`);

/** Tables of branches that the row is not from. A table that was joined and had no partner is none: that decided, too. */
export function absentBranches(mapping: AppliedMapping): ReadonlySet<string> {
  const dropped = mapping.columns.flatMap(({ expressions }) => {
    const kept = branchesOf(expressions, mapping);
    return expressions.filter((text) => !kept.includes(text));
  });
  const without = mapping.inputs.filter(({ rowsBehind }) => rowsBehind === 0);
  const absent = without.filter(({ table }) => dropped.some((text) => names(text, table)));
  return new Set(absent.map(({ table }) => table.toLowerCase()));
}

const rowsShown = 3;

/** What the rule was given: the columns of the rows behind it, and of reference rows what found them. */
export function givenWords({ writer, rule }: RuleStep): string[] {
  const tables = new Set((rule?.direct ?? []).map(({ table }) => table));
  return [...tables].flatMap((table) => {
    const rows = inputsOf(writer).filter((input) => isTable(input, table) && input.row);
    const more = rows.length > rowsShown ? [`… and ${counted(rows.length - rowsShown, 'further row')}`] : [];
    const places = rows.length > 1 ? placesOf(writer, table) : [];
    return [...rows.slice(0, rowsShown).map((input) => rowWords(input, { table, rule })), ...more, ...places];
  });
}

/** Which of the rows the column was given, and which another one, is not known of a table that is read twice. */
function placesOf({ mapping }: RuleStep['writer'], table: string): string[] {
  const input = mapping?.inputs.find((one) => one.table === table.replace(/@.*$/, '').toLowerCase());
  if (input?.readInPlaces === undefined) return [];
  return [
    `(the SQL reads ${table} in ${input.readInPlaces} places: these are the rows of all of them, not of this column alone)`,
  ];
}

function rowWords(input: Explanation, { table, rule }: { table: string; rule: RuleStep['rule'] }): string {
  const [by] = input.writers;
  const isGiven = by !== undefined && isReference(by);
  const found = (rule?.indirect ?? []).filter(
    (one) => isGiven && one.table === table && one.uses.some((use) => use === 'JOIN' || use === 'FILTER'),
  );
  const direct = (rule?.direct ?? []).filter((one) => one.table === table && one.column !== '*');
  const columns = [...new Set([...found, ...direct].map(({ column }) => column))];
  const cells = columns.map((column) => `${column} ${shown(input.row?.values[column])}`);
  const version = isGiven && by.contract ? `   [${by.contract.kind} ${by.contract.document}]` : '';
  return `${input.table}: ${cells.join(', ')}${version}`;
}

import { nearest } from '../../../errors/index.ts';
import { LakeFailure } from '../lake-failure.ts';
import { quoteName, quoteTable, quoteText } from '../storage/quote-sql.ts';
import type { TableDefinition } from '../storage/table-store.ts';
import { metricOf } from './compare.ts';
import type { QualityRule } from './rule.ts';

/** SQL of a library rule: the number of bad rows, and the rows themselves. */
export interface CompiledRule {
  readonly count: string;
  /** Undefined for a row count, which has no bad rows. */
  readonly sample: string | undefined;
}

/** @throws LakeFailure when the rule names no metric, an unknown column, or lacks an argument. */
export function compileRule(rule: QualityRule, definition: TableDefinition): CompiledRule {
  const metric = metricOf(rule);
  const table = quoteTable(definition.table);
  switch (metric) {
    case 'rowCount':
      return { count: `SELECT count(*) AS n FROM ${table}`, sample: undefined };
    case 'duplicateValues':
      return compileDuplicates(columnsOf(rule, definition), table);
    case 'nullValues':
    case 'missingValues':
    case 'invalidValues':
      return compileCondition(conditionOf(rule, metric, onlyColumn(rule, definition)), {
        rule,
        definition,
        table,
      });
    case undefined:
      throw new LakeFailure(
        'The rule has neither metric nor query.',
        'give metric: nullValues, missingValues, invalidValues, duplicateValues or rowCount; or a query.',
      );
  }
}

function compileCondition(
  condition: string,
  { rule, definition, table }: { rule: QualityRule; definition: TableDefinition; table: string },
): CompiledRule {
  const shown = [...new Set([...definition.primary_key, ...columnsOf(rule, definition)])]
    .map(quoteName)
    .join(', ');
  return {
    count: `SELECT count(*) AS n FROM ${table} WHERE ${condition}`,
    sample: `SELECT ${shown} FROM ${table} WHERE ${condition} ORDER BY ALL LIMIT 3`,
  };
}

/** Rows too many: three equal rows are two duplicates. Rows with a null are none. */
function compileDuplicates(columns: readonly string[], table: string): CompiledRule {
  const names = columns.map(quoteName);
  const groups = `SELECT ${names.join(', ')}, count(*) AS rows FROM ${table} WHERE ${names.map((name) => `${name} IS NOT NULL`).join(' AND ')} GROUP BY ALL HAVING count(*) > 1`;
  return {
    count: `SELECT coalesce(sum(rows - 1), 0)::BIGINT AS n FROM (${groups})`,
    sample: `${groups} ORDER BY ALL LIMIT 3`,
  };
}

function conditionOf(
  rule: QualityRule,
  metric: 'nullValues' | 'missingValues' | 'invalidValues',
  column: string,
): string {
  const name = quoteName(column);
  if (metric === 'nullValues') return `${name} IS NULL`;
  if (metric === 'missingValues') {
    const missing = rule.arguments?.missingValues ?? [''];
    const texts = missing.filter((value) => value !== null).map((value) => quoteText(String(value)));
    return `(${name} IS NULL${texts.length > 0 ? ` OR trim(${name}::VARCHAR) IN (${texts.join(', ')})` : ''})`;
  }
  return `${name} IS NOT NULL AND NOT (${validityOf(rule, name)})`;
}

function validityOf({ arguments: given = {} }: QualityRule, name: string): string {
  const parts: string[] = [];
  if (given.validValues)
    parts.push(
      `${name}::VARCHAR IN (${given.validValues.map((value) => quoteText(String(value))).join(', ') || 'NULL'})`,
    );
  if (given.pattern !== undefined)
    parts.push(`regexp_full_match(${name}::VARCHAR, ${quoteText(given.pattern.replace(/^\^|\$$/g, ''))})`);
  if (given.min !== undefined) parts.push(`coalesce(TRY_CAST(${name} AS DOUBLE) >= ${given.min}, false)`);
  if (given.max !== undefined) parts.push(`coalesce(TRY_CAST(${name} AS DOUBLE) <= ${given.max}, false)`);
  if (parts.length > 0) return parts.join(' AND ');
  throw new LakeFailure(
    'invalidValues needs to know what is valid.',
    'give arguments.validValues, pattern, min or max.',
  );
}

function onlyColumn(rule: QualityRule, definition: TableDefinition): string {
  const [column, ...more] = columnsOf(rule, definition);
  if (column !== undefined && more.length === 0) return column;
  throw new LakeFailure('The rule takes exactly one column.', 'give "column"; write a rule per column.');
}

function columnsOf(rule: QualityRule, definition: TableDefinition): readonly string[] {
  const columns = rule.columns ?? (rule.column === undefined ? [] : [rule.column]);
  const known = definition.columns.map(({ name }) => name);
  if (columns.length === 0)
    throw new LakeFailure('The rule names no column.', `give "column": one of ${known.join(', ')}.`);
  const unknown = columns.find((name) => !known.includes(name));
  if (unknown === undefined) return columns;
  const near = nearest(unknown, known)[0];
  throw new LakeFailure(
    `${definition.table} has no column "${unknown}".`,
    near ? `did you mean "${near}"?` : `it has ${known.join(', ')}.`,
  );
}

import type { TableMetadata } from '../iceberg/index.ts';
import { LakeFailure } from '../lake-failure.ts';
import { changesSql } from './changes-sql.ts';
import { rowsThatStay } from './mapped-partitions.ts';
import { quoteName, quoteTable } from './quote-sql.ts';
import { toResultRows } from './result-values.ts';
import type { Session } from './statement.ts';
import type { MappingRequest, ResultColumn, TableDefinition } from './table-store.ts';

interface Violation {
  readonly what: string;
  /** SQL condition over `mapped` that holds for the rows in question. */
  readonly condition: string;
  /** Shown in the samples beside the key. */
  readonly column?: string;
}

interface Mapped {
  readonly definition: TableDefinition;
  readonly metadata: TableMetadata;
  readonly mapped: readonly ResultColumn[];
  readonly mode: MappingRequest['mode'];
}

/** @throws LakeFailure with the counts and sample rows of everything that breaks the declared table. */
export async function findViolations(session: Session, how: Mapped): Promise<void> {
  const found: string[] = [];
  for (const violation of violationsOf(how)) {
    const count = await session.number(`SELECT count(*) FROM mapped AS m WHERE ${violation.condition}`);
    if (count > 0)
      found.push(
        `${count} rows: ${violation.what}, e.g. ${await sample(session, violation, how.definition)}`,
      );
  }
  if (found.length === 0) return;
  throw new LakeFailure(
    `The result breaks ${how.definition.table}; nothing was written.\n- ${found.join('\n- ')}`,
    'filter, deduplicate or convert these rows in the SQL (QUALIFY row_number() OVER (PARTITION BY key ORDER BY …) = 1 keeps one per key; a value that may be rounded or cut: cast it yourself, with round(…) or CAST(… AS DATE)).',
  );
}

function violationsOf(how: Mapped): Violation[] {
  const given = new Set(how.mapped.map(({ name }) => name));
  const columns = how.definition.columns.filter(({ name }) => given.has(name));
  const casts = columns.map(({ name, type }) => ({
    what: `"${name}" is no ${type}`,
    condition: `${quoteName(name)} IS NOT NULL AND TRY_CAST(${quoteName(name)} AS ${type}) IS NULL`,
  }));
  const nulls = columns
    .filter(({ nullable }) => !nullable)
    .map(({ name }) => ({ what: `"${name}" is null`, condition: `${quoteName(name)} IS NULL` }));
  return [...casts, ...changesOf(how), ...nulls, ...keyViolations(how)];
}

/** Values that the table could only hold rounded or cut: 2.7 as INTEGER, the time of day as DATE. */
function changesOf({
  definition,
  mapped,
}: {
  definition: TableDefinition;
  mapped: readonly ResultColumn[];
}): Violation[] {
  return mapped.flatMap(({ name, type: from }) => {
    const to = definition.columns.find((column) => column.name === name)?.type;
    if (to === undefined || to === from || to === 'VARCHAR' || to === 'JSON') return [];
    const what = `"${name}" is ${from} and would be changed by a cast to ${to}`;
    return [{ what, condition: changesSql(quoteName(name), { from, to }), column: name }];
  });
}

function keyViolations({ definition, metadata, mode }: Mapped): Violation[] {
  const { primary_key: key, table } = definition;
  if (key.length === 0) return [];
  const typed = (prefix: string): string[] =>
    key.map((name) => {
      const type = definition.columns.find((column) => column.name === name)?.type ?? 'VARCHAR';
      return `TRY_CAST(${prefix}${quoteName(name)} AS ${type})`;
    });
  const list = `(${typed('').join(', ')})`;
  const repeated = `SELECT ${typed('').join(', ')} FROM mapped GROUP BY ALL HAVING count(*) > 1`;
  const within = {
    what: `the key (${key.join(', ')}) occurs more than once in the result`,
    condition: `${list} IN (${repeated})`,
  };
  if (mode === 'overwrite') return [within];
  const same = key.map((name, index) => `known.${quoteName(name)} = ${typed('m.')[index]}`).join(' AND ');
  const isOfPartitions = mode === 'overwrite_partitions';
  const staying = isOfPartitions ? `(${rowsThatStay(metadata, quoteTable(table))})` : quoteTable(table);
  const there = `EXISTS (SELECT 1 FROM ${staying} AS known WHERE ${same})`;
  const where = isOfPartitions ? 'in a partition of the table that stays' : 'in the table';
  return [within, { what: `the key (${key.join(', ')}) is already ${where}`, condition: there }];
}

async function sample(
  session: Session,
  { condition, column }: Violation,
  { primary_key }: TableDefinition,
): Promise<string> {
  const shown = [...new Set([...primary_key, ...(column === undefined ? [] : [column])])];
  const wanted = primary_key.length > 0 ? `DISTINCT ${shown.map(quoteName).join(', ')}` : '*';
  const found = await session.read(
    `SELECT ${wanted} FROM mapped AS m WHERE ${condition} ORDER BY ALL LIMIT 3`,
  );
  return toResultRows(found)
    .rows.map((row) => JSON.stringify(row).slice(0, 300))
    .join(', ');
}

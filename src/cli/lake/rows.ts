import type { Command } from 'commander';
import { nearest } from '../../errors/index.ts';
import { currentSchema, loadTable, tableName } from '../../servers/lake/iceberg/index.ts';
import type { Cli } from '../cli.ts';
import { wrongUsage } from '../wrong-usage.ts';
import { LakeError } from './lake-error.ts';
import type { LookedAtLake } from './look-at-lake.ts';
import { atClause, tellingHistory } from './moment.ts';
import { requireTable, textOf } from './open-lake.ts';
import { limited, type RowsOptions, tellMore, tellUnfinished, withRowsOptions } from './rows-options.ts';

interface RowsOfTableOptions extends RowsOptions {
  readonly columns?: string;
  readonly where?: string;
  readonly order?: string;
  readonly at?: string;
}

export function register(lake: Command, cli: Cli): void {
  const command = lake
    .command('rows')
    .description('show rows of a table; nothing is written, and no model is asked')
    .argument('<table>', 'schema.table')
    .option('--columns <names>', 'these columns, with commas between them (default: all)')
    .option('--where <condition>', "which rows, as in SQL: price > 100 AND vendor = 'Nordwind'")
    .option('--order <by>', 'as in SQL: price DESC, sku (default: as they stand in the files)')
    .option('--at <moment>', "as it was: a snapshot's id, or a time (2026-01-31T12:00, UTC)");
  withRowsOptions(command).action((table: string, options: RowsOfTableOptions) =>
    rowsCommand(cli, { table, options }),
  );
}

async function rowsCommand(
  { terminal }: Cli,
  { table, options }: { table: string; options: RowsOfTableOptions },
): Promise<void> {
  const { withLakeToLook } = await import('./look-at-lake.ts');
  const { requireOneFormat, showRows } = await import('./show-rows.ts');
  requireOneFormat(options);
  for (const name of ['where', 'order'] as const)
    if (options[name]?.trim() === '')
      throw wrongUsage(`--${name} is empty.`, `leave it out, or say what: aiworkflow lake rows --help`);
  const sql = (name: string) => statementOf(name, options);
  await withLakeToLook(options, async (lake) => {
    const name = textOf(requireTable(lake.warehouse, table));
    await requireColumns(lake, name, options);
    const found = await tellingHistory(() => lake.select(sql(name)), { table: name, options });
    const { shown, isMore } = limited(found, options.limit);
    showRows(terminal, shown, options);
    if (isMore) tellMore(terminal, options);
    tellUnfinished(terminal, lake, options);
  });
}

/** Of an earlier state DuckDB says which columns it had. */
async function requireColumns(
  lake: LookedAtLake,
  name: string,
  { columns, at }: RowsOfTableOptions,
): Promise<void> {
  if (columns === undefined || at !== undefined) return;
  const { metadata } = await loadTable(lake.warehouse, tableName(name));
  const known = currentSchema(metadata).fields.map((field) => field.name);
  const isKnown = (asked: string) => known.some((column) => column.toLowerCase() === asked.toLowerCase());
  const unknown = columnNames(columns).find((asked) => !isKnown(asked));
  if (unknown === undefined) return;
  const [near] = nearest(unknown, known);
  throw new LakeError({
    code: 'LAKE_UNKNOWN',
    message: `${name} has no column "${unknown}".`,
    hint: `${near === undefined ? '' : `did you mean ${near}? `}its columns: ${known.join(', ')}.`,
  });
}

function statementOf(table: string, { columns, where, order, at, limit }: RowsOfTableOptions): string {
  // A condition may end in a comment: what follows stands on a line of its own.
  return [
    `SELECT ${columns === undefined ? '*' : columnNames(columns).map(quoted).join(', ')}`,
    `FROM ${table.split('.').map(quoted).join('.')}${atClause(at)}`,
    ...(where === undefined ? [] : [`WHERE (${where}\n)`]),
    ...(order === undefined ? [] : [`ORDER BY ${order}`]),
    `LIMIT ${limit + 1}`,
  ].join('\n');
}

function columnNames(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.includes(''))
    throw wrongUsage(`--columns "${text}" has an empty name.`, 'write --columns sku,price.');
  return names;
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

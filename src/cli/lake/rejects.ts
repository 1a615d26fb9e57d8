import { type Command, Option } from 'commander';
import type { Json } from '../../domain/json.ts';
import { currentSnapshot, loadTable, tableName } from '../../servers/lake/iceberg/index.ts';
import type { Cli } from '../cli.ts';
import { clipLine } from '../render/clip.ts';
import { counted } from '../render/counts.ts';
import { recordPlace } from '../render/record-place.ts';
import { renderTable } from '../render/table.ts';
import type { Terminal } from '../terminal.ts';
import { lakePlace } from './lake-options.ts';
import type { LookedAtLake, SelectedRows } from './look-at-lake.ts';
import { requireTable, tablesOf, textOf } from './open-lake.ts';
import { limited, type RowsOptions, tellMore, tellUnfinished, withRowsOptions } from './rows-options.ts';

interface RejectsOptions extends RowsOptions {
  readonly file?: string;
  readonly load?: string;
  readonly reason?: string;
  readonly all?: true;
}

export function register(lake: Command, cli: Cli): void {
  const command = lake
    .command('rejects')
    .description('show records that loads and mappings set aside: file, line, reason, and the record itself')
    .argument('[table]', 'the table that they were meant for; all of them by default')
    .option('--file <file>', 'of this file: its path, or the end of it')
    .option('--load <id>', 'of this load')
    .addOption(new Option('--reason <reason>', 'with this reason; quality stands for all rules'))
    .option('--all', 'also those of loads that were replaced or rolled back');
  withRowsOptions(command).action((table: string | undefined, options: RejectsOptions) =>
    rejectsCommand(cli, { table, options }),
  );
}

interface Asked {
  readonly table: string | undefined;
  readonly options: RejectsOptions;
}

const errors = 'product_raw.ingest_errors';

async function rejectsCommand({ terminal }: Cli, asked: Asked): Promise<void> {
  const { options } = asked;
  const { withLakeToLook } = await import('./look-at-lake.ts');
  const { requireOneFormat, showRows } = await import('./show-rows.ts');
  requireOneFormat(options);
  await withLakeToLook(options, async (lake) => {
    const source = await sourceOf(lake, options);
    if (source === undefined) return sayNone({ terminal, options }, noneKept);
    const where = conditionOf(asked);
    const found = await lake.select(recordsSql(source, { where, count: options.limit + 1 }));
    const { shown, isMore } = limited(found, options.limit);
    if (shown.rows.length === 0) await tellNone(lake, { terminal, source, asked });
    else if (options.json || options.csv) showRows(terminal, shown, options);
    else {
      const groups = await lake.select(groupsSql(source, where));
      await showText(terminal, { groups, shown });
    }
    if (isMore) tellMore(terminal, options);
    tellUnfinished(terminal, lake, options);
  });
}

/** What is stored is what any earlier moment shows: rejects of loads that are not in force are only left out of the present. */
async function sourceOf(lake: LookedAtLake, { all }: RejectsOptions): Promise<string | undefined> {
  if (!tablesOf(lake.warehouse).some((table) => textOf(table) === errors)) return undefined;
  const { metadata } = await loadTable(lake.warehouse, tableName(errors));
  const snapshot = currentSnapshot(metadata);
  if (!snapshot) return undefined;
  return all ? `${errors} AT (VERSION => ${snapshot['snapshot-id']})` : errors;
}

const noneKept = 'No rejects: the lake has set no record aside yet.';

/** A program that reads JSON or CSV gets no line, for there is no record. */
function sayNone({ terminal, options }: { terminal: Terminal; options: RejectsOptions }, text: string): void {
  if (options.json || options.csv) terminal.err(text);
  else terminal.out(text);
}

function conditionOf({ table, options: { file, load, reason } }: Asked): string {
  const conditions = [
    ...(table === undefined ? [] : [`target_table = ${quoted(table)}`]),
    ...(file === undefined
      ? []
      : [`(source_file = ${quoted(file)} OR ends_with(source_file, ${quoted(`/${file}`)}))`]),
    ...(load === undefined ? [] : [`load_id = ${quoted(load)}`]),
    ...(reason === undefined
      ? []
      : [`(reason = ${quoted(reason)} OR starts_with(reason, ${quoted(`${reason}:`)}))`]),
  ];
  return conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

const shownColumns = [
  'target_table',
  'source_file',
  'line',
  'column_name',
  'reason',
  'detail',
  'raw_row',
  'vendor_name',
  'contract',
  'run_id',
  'load_id',
  '_ingested_at',
] as const;

const recordsSql = (source: string, { where, count }: { where: string; count: number }): string =>
  `SELECT ${shownColumns.join(', ')} FROM ${source} ${where}
   ORDER BY target_table, source_file, load_id, line, byte_offset, reason, raw_row LIMIT ${count}`;

const groupsSql = (source: string, where: string): string =>
  `SELECT target_table, reason, column_name, count(*) AS records, count(DISTINCT load_id) AS loads
   FROM ${source} ${where} GROUP BY ALL ORDER BY records DESC, 1, 2, 3 LIMIT 50`;

/** Why there are none: the name, the reason, or that all of them are of loads which are no longer in force. */
async function tellNone(
  lake: LookedAtLake,
  { terminal, source, asked }: { terminal: Terminal; source: string; asked: Asked },
): Promise<void> {
  const { table, options } = asked;
  const { reason: _, ...others } = options;
  const where = conditionOf({ table, options: others });
  const { rows } = await lake.select(`SELECT DISTINCT reason FROM ${source} ${where} ORDER BY 1 LIMIT 20`);
  if (table !== undefined && rows.length === 0) requireTable(lake.warehouse, table);
  const { onOneLine } = await import('./cell-text.ts');
  const reasons = rows.map(([reason]) => onOneLine(String(reason)));
  const known = reasons.length === 0 ? '' : ` Reasons that there are: ${reasons.join(', ')}.`;
  const hidden = options.all
    ? ''
    : ` Those of loads that were replaced or rolled back: --all${lakePlace(options)}.`;
  const text = `No rejects${options.reason === undefined ? '' : ` with the reason ${onOneLine(options.reason)}`}.${known}${hidden}`;
  sayNone({ terminal, options }, text);
}

async function showText(
  terminal: Terminal,
  { groups, shown }: { groups: SelectedRows; shown: SelectedRows },
): Promise<void> {
  const { cellText, onOneLine } = await import('./cell-text.ts');
  const cell = (value: Json | undefined): string => onOneLine(cellText(value ?? null));
  const head = ['table', 'reason', 'column', 'records', 'loads'];
  const counts = groups.rows.map((row) => row.map((value) => (value === null ? '' : cell(value))));
  terminal.out(renderTable([head, ...counts], ['left', 'left', 'left', 'right', 'right']).join('\n'));
  let place = '';
  let cut = 0;
  for (const row of shown.rows) {
    const record = Object.fromEntries(shownColumns.map((name, index) => [name, row[index]]));
    const heading = `${cell(record['source_file'])} into ${cell(record['target_table'])}, load ${cell(record['load_id'])}, ${String(record['_ingested_at']).slice(0, 19)} UTC`;
    if (heading !== place) terminal.out(`\n${heading}`);
    place = heading;
    const lines = recordLines(record, cell);
    const clipped = lines.map((line) => clipLine(line, Math.max(60, terminal.columns)));
    cut += lines.filter((line, index) => line !== clipped[index]).length;
    terminal.out(clipped.join('\n'));
  }
  if (cut > 0) terminal.err(`${counted(cut, 'long line')} cut (…): --json shows all of them.`);
}

function recordLines(
  record: Readonly<Record<string, Json | undefined>>,
  cell: (value: Json | undefined) => string,
): string[] {
  const { line, column_name: column, reason, detail, raw_row: raw } = record;
  const of = column === null ? '' : ` in ${cell(column)}`;
  const said = detail === null ? `${cell(reason)}${of}` : cell(detail);
  const isNamed = detail === null || String(detail).includes(String(reason));
  return [
    `  ${recordPlace(cell(line), { file: String(record['source_file']) })}: ${isNamed ? said : `${cell(reason)}: ${said}`}`,
    `    ${cell(raw)}`,
  ];
}

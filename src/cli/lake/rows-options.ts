import { type Command, InvalidArgumentError, Option } from 'commander';
import { projectOption } from '../common-options.ts';
import type { Terminal } from '../terminal.ts';
import { type LakeOptions, lakePlace, warehouseOption } from './lake-options.ts';
import type { LookedAtLake, SelectedRows } from './look-at-lake.ts';
import type { RowsFormat } from './show-rows.ts';

export interface RowsOptions extends LakeOptions, RowsFormat {
  readonly limit: number;
}

/** The options that all commands have which show rows. */
export function withRowsOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--limit <n>', `at most so many, up to ${mostRows}`).argParser(readLimit).default(20),
    )
    .option('--json', 'print one line of JSON per row, with whole values')
    .option('--csv', 'print CSV, with whole values')
    .addOption(warehouseOption())
    .addOption(projectOption());
}

/** Rows are held in memory before they are shown. */
const mostRows = 50_000;

function readLimit(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit > 0 && limit <= mostRows) return limit;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${mostRows}.`);
}

/** The rows that were asked for, and whether there are more: one row more was read. */
export function limited(found: SelectedRows, limit: number): { shown: SelectedRows; isMore: boolean } {
  return { shown: { ...found, rows: found.rows.slice(0, limit) }, isMore: found.rows.length > limit };
}

/** Beside the rows, on standard error: a pipe gets rows alone. */
export function tellUnfinished(terminal: Terminal, lake: LookedAtLake, options: LakeOptions): void {
  for (const { file, table } of lake.unfinished())
    terminal.err(
      `The load of ${file} into ${table} is not done: it may be under way, or its process died. What is shown may be without it, or with half of it: aiworkflow lake loads${lakePlace(options)}`,
    );
}

export function tellMore(terminal: Terminal, { limit }: { limit: number }): void {
  const next = Math.min(mostRows, limit * 10);
  terminal.err(`There are more rows${next > limit ? `: --limit ${next}` : ' than are shown at once'}.`);
}

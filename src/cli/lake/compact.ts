import type { Command } from 'commander';
import { compactFiles } from '../../servers/lake/iceberg/index.ts';
import type { Cli } from '../cli.ts';
import { projectOption } from '../common-options.ts';
import { counted } from '../render/counts.ts';
import { printable } from '../render/printable.ts';
import { who } from '../who.ts';
import { byOption, type LakeOptions, warehouseOption } from './lake-options.ts';
import { requireTable, withLake } from './open-lake.ts';

interface CompactOptions extends LakeOptions {
  readonly by?: string;
}

export function register(lake: Command, cli: Cli): void {
  lake
    .command('compact')
    .description('write the small files of a table anew as few large ones; its rows stay as they are')
    .argument('<table>', 'schema.table')
    .addOption(byOption())
    .option('--json', 'print JSON')
    .addOption(warehouseOption())
    .addOption(projectOption())
    .action((table: string, options: CompactOptions) => compactCommand(cli, { table, options }));
}

async function compactCommand(
  cli: Cli,
  { table, options }: { table: string; options: CompactOptions },
): Promise<void> {
  const { by = who(cli), ...lake } = options;
  const { filesBefore, filesAfter, written } = await withLake(lake, (warehouse) =>
    compactFiles(warehouse, {
      table: requireTable(warehouse, table),
      summary: { 'aiworkflow.tool': 'compact', 'aiworkflow.by': by },
    }),
  );
  const snapshot = written?.snapshotId ?? null;
  const { terminal } = cli;
  if (options.json) terminal.out(JSON.stringify({ table, filesBefore, filesAfter, snapshot }));
  else if (snapshot === null) terminal.out(`Nothing to compact in ${printable(table)}.`);
  else terminal.out(`${counted(filesBefore, 'file')} of ${printable(table)} became ${filesAfter}.`);
}

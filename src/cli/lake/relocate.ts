import type { Command } from 'commander';
import { relocateWarehouse } from '../../servers/lake/iceberg/index.ts';
import type { Cli } from '../cli.ts';
import { projectOption } from '../common-options.ts';
import { counted } from '../render/counts.ts';
import { printable } from '../render/printable.ts';
import { type LakeOptions, warehouseOption } from './lake-options.ts';
import { textOf, withLake } from './open-lake.ts';
import { withLedger } from './with-ledger.ts';

export function register(lake: Command, cli: Cli): void {
  lake
    .command('relocate')
    .description('make the tables of a lake whose folder was moved or copied readable where they are now')
    .option('--json', 'print one line of JSON per table')
    .addOption(warehouseOption())
    .addOption(projectOption())
    .action((options: LakeOptions) => relocateCommand(cli, options));
}

async function relocateCommand({ terminal }: Cli, options: LakeOptions): Promise<void> {
  const relocated = await withLake(options, async (warehouse) => {
    const tables = await relocateWarehouse(warehouse);
    const { relocateLoads } = await import('../../servers/lake/storage/unfinished-loads.ts');
    await withLedger(warehouse, (ledger) => relocateLoads(ledger, tables));
    return tables;
  });
  const rows = relocated.map(({ table, from, to }) => ({ table: textOf(table), from, to }));
  if (options.json) for (const row of rows) terminal.out(JSON.stringify(row));
  else if (rows.length === 0) terminal.out('Nothing to do: all tables are where their files say.');
  else {
    for (const { table, to } of rows) terminal.out(`${printable(table)} is now at ${printable(to)}`);
    terminal.out(
      `${counted(rows.length, 'table')} relocated. The old folder, if it is still there, is a lake of its own.`,
    );
  }
}

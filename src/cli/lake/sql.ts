import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { limited, type RowsOptions, tellMore, tellUnfinished, withRowsOptions } from './rows-options.ts';

export function register(lake: Command, cli: Cli): void {
  const command = lake
    .command('sql')
    .description(
      'run one SELECT over tables of the lake, as the lake’s server lets models; nothing is written',
    )
    .argument('<select>', "SELECT … FROM schema.table; a state of the past is FROM t AT (TIMESTAMP => '…')");
  withRowsOptions(command).action((select: string, options: RowsOptions) =>
    sqlCommand(cli, { select, options }),
  );
}

async function sqlCommand(
  { terminal }: Cli,
  { select, options }: { select: string; options: RowsOptions },
): Promise<void> {
  const { withLakeToLook } = await import('./look-at-lake.ts');
  const { requireOneFormat, showRows } = await import('./show-rows.ts');
  const { firstRowsSql } = await import('../../servers/lake/sql/first-rows.ts');
  requireOneFormat(options);
  await withLakeToLook(options, async (lake) => {
    const found = await lake.select(select, (checked) => firstRowsSql(checked, options.limit + 1));
    const { shown, isMore } = limited(found, options.limit);
    showRows(terminal, shown, options);
    if (isMore) tellMore(terminal, options);
    tellUnfinished(terminal, lake, options);
  });
}

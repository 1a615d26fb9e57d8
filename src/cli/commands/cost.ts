import { type Command, Option } from 'commander';
import type { Cli } from '../cli.ts';
import { databaseOption, type LogOptions, projectOption } from '../common-options.ts';
import type { CostReport } from '../cost/cost-lines.ts';
import { type Grouping, groupings } from '../cost/group-costs.ts';
import { readSince } from '../cost/read-since.ts';
import { withLog } from '../open-log.ts';
import { withPlace } from '../suggested-commands.ts';

interface CostOptions extends LogOptions {
  readonly by: Grouping;
  readonly since?: number;
  readonly workflow?: string;
  readonly json?: true;
}

export function register(program: Command, cli: Cli): void {
  program
    .command('cost')
    .description('say what model calls cost, and what is left of the budgets for this day and month')
    .addOption(new Option('--by <what>', 'one line for each').choices([...groupings]).default('workflow'))
    .addOption(
      new Option(
        '--since <time>',
        'calls since 12h, 7d or 2w ago, or since a day (2026-11-01, UTC)',
      ).argParser((text) => readSince(text, Date.now())),
    )
    .option('--workflow <id>', 'of one workflow')
    .option('--json', 'print JSON')
    .addOption(databaseOption())
    .addOption(projectOption())
    .action((options: CostOptions) => costCommand(cli, options));
}

async function costCommand(cli: Cli, options: CostOptions): Promise<void> {
  const { terminal, place } = cli;
  const report = await reportOf(cli, options);
  const { costLines } = await import('../cost/cost-lines.ts');
  terminal.out(
    options.json ? JSON.stringify(report) : withPlace(costLines(report, terminal.outStyle).join('\n'), place),
  );
}

async function reportOf(cli: Cli, options: CostOptions): Promise<CostReport> {
  const [{ listCosts, usedOf }, { groupCosts, totalCosts }, { declaredBudgets, stateOf }] = await Promise.all(
    [
      import('../../audit/sqlite/index.ts'),
      import('../cost/group-costs.ts'),
      import('../cost/declared-budgets.ts'),
    ],
  );
  const { by, since, workflow, project } = options;
  const { accounts, unreadable } = await declaredBudgets({ project, env: cli.env }, Date.now());
  return withLog(cli, options, (log) => {
    const rows = listCosts(log, {
      ...(workflow !== undefined && { workflowId: workflow }),
      ...(since !== undefined && { sinceMs: since }),
    });
    const budgets = accounts.map((account) => stateOf(account, usedOf(log, account)));
    return { by, groups: groupCosts(rows, by), total: totalCosts(rows), budgets, unreadable };
  });
}

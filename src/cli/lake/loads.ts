import type { Command } from 'commander';
import type { GivenUp } from '../../servers/lake/storage/give-up-load.ts';
import type { UnfinishedLoad } from '../../servers/lake/storage/unfinished-loads.ts';
import type { Cli } from '../cli.ts';
import { projectOption } from '../common-options.ts';
import { counted } from '../render/counts.ts';
import { formatTime } from '../render/duration.ts';
import { printable } from '../render/printable.ts';
import { who } from '../who.ts';
import { wrongUsage } from '../wrong-usage.ts';
import { byOption, type LakeOptions, lakePlace, warehouseOption } from './lake-options.ts';
import { withLake } from './open-lake.ts';
import { withLedger } from './with-ledger.ts';

interface AbandonOptions extends LakeOptions {
  readonly why: string;
  readonly by?: string;
}

export function register(lake: Command, cli: Cli): void {
  lake
    .command('loads')
    .description('list loads that were begun and are not done: which wait, and which nobody can finish')
    .option('--json', 'print one line of JSON per load')
    .addOption(warehouseOption())
    .addOption(projectOption())
    .action((options: LakeOptions) => loadsCommand(cli, options));
  lake
    .command('abandon')
    .description('give up a load that nobody can finish, so that its table can be written again')
    .argument('<load>', 'its id in `lake loads`')
    .requiredOption('--why <text>', 'the reason, kept with the load')
    .addOption(byOption())
    .option('--json', 'print JSON')
    .addOption(warehouseOption())
    .addOption(projectOption())
    .action((load: string, options: AbandonOptions) => abandonCommand(cli, { load, options }));
}

async function loadsCommand({ terminal }: Cli, options: LakeOptions): Promise<void> {
  const loads = await withLake(options, (warehouse) =>
    withLedger(warehouse, async (ledger) => {
      const { describeUnfinished } = await import('../../servers/lake/storage/unfinished-loads.ts');
      return describeUnfinished(ledger);
    }),
  );
  if (options.json) for (const load of loads) terminal.out(JSON.stringify(load));
  else if (loads.length === 0) terminal.out('No unfinished loads.');
  else terminal.out(loads.flatMap((load) => loadLines(load, lakePlace(options))).join('\n'));
}

function loadLines(load: UnfinishedLoad, place: string): string[] {
  const { id, state, file, table, beganAtMs, why } = load;
  const begun = `begun ${formatTime(beganAtMs)} UTC, ${counted(load.rows, 'row')} and ${counted(load.rejected, 'reject')}`;
  return [
    `${id}  ${state}  ${printable(file)} into ${printable(table)}`,
    `   ${begun}`,
    ...(state === 'waiting' ? ['   finished by whoever opens the lake next'] : []),
    ...(why === null ? [] : [`   ${printable(why)}: bring it back, or`]),
    ...(why === null ? [] : [`   aiworkflow lake abandon ${id} --why "…"${place}`]),
  ];
}

async function abandonCommand(
  cli: Cli,
  { load, options }: { load: string; options: AbandonOptions },
): Promise<void> {
  const { by = who(cli), why, ...lake } = options;
  if (!why.trim()) throw wrongUsage('To give up a load needs a reason.', 'add --why "what became of it".');
  const done = await withLake(lake, (warehouse) =>
    withLedger(warehouse, async (ledger) => {
      const { giveUpLoad } = await import('../../servers/lake/storage/give-up-load.ts');
      return giveUpLoad({ warehouse, ledger }, { load, by, why });
    }),
  );
  if (options.json) cli.terminal.out(JSON.stringify({ ...done, by, why }));
  else cli.terminal.out(`Load ${done.load}: ${outcomeWords(done, by)}.`);
}

function outcomeWords({ outcome, table, file }: GivenUp, by: string): string {
  const [into, of] = [printable(table), printable(file)];
  if (outcome === 'finished') return `all of it was there after all, and ${of} is in ${into}`;
  if (outcome === 'given up')
    return `given up by ${printable(by)}; nothing of it is in ${into}, and ${of} can be loaded again`;
  return `its rows are in ${into} and stay (${printable(by)}); what it rejected is lost until ${of} is loaded again with force`;
}

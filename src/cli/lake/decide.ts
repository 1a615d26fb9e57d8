import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { projectOption } from '../common-options.ts';
import { printable } from '../render/printable.ts';
import { who } from '../who.ts';
import { wrongUsage } from '../wrong-usage.ts';
import { byOption, type LakeOptions, lakePlace, warehouseOption } from './lake-options.ts';
import { withLake } from './open-lake.ts';

interface DecideOptions extends LakeOptions {
  readonly by?: string;
}

const decisions = [
  { name: 'approve', description: 'do what a model asked for, in the name of a person', done: 'approved' },
  { name: 'reject', description: 'refuse what a model asked for; nothing is changed', done: 'rejected' },
] as const;

export function register(lake: Command, cli: Cli): void {
  for (const { name, description } of decisions) {
    lake
      .command(name)
      .description(description)
      .argument('<request>', 'its number in `lake requests`')
      .addOption(byOption())
      .option('--json', 'print JSON')
      .addOption(warehouseOption())
      .addOption(projectOption())
      .action((request: string, options: DecideOptions) => decideCommand(cli, { name, request, options }));
  }
}

async function decideCommand(
  cli: Cli,
  { name, request, options }: { name: 'approve' | 'reject'; request: string; options: DecideOptions },
): Promise<void> {
  if (!/^\d{1,15}$/.test(request)) {
    throw wrongUsage(`"${request}" is no number of a request.`, 'aiworkflow lake requests shows them.');
  }
  const { by = who(cli), ...lake } = options;
  const decided = await withLake(lake, async ({ folder }) => {
    const { approveRequest, rejectRequest } = await import('../../servers/lake/storage/decide-requests.ts');
    const decide = name === 'approve' ? approveRequest : rejectRequest;
    return decide(folder, { request: Number(request), who: by });
  });
  if (options.json) {
    cli.terminal.out(JSON.stringify(decided));
    return;
  }
  const { id, table, details, status } = decided;
  const effect =
    status === 'approved'
      ? `${printable(table)} is at snapshot ${details.snapshot} again`
      : `${printable(table)} stays as it is`;
  cli.terminal.out(`Request ${id} ${status} by ${printable(by)}: ${effect}.`);
  if (status === 'approved') {
    cli.terminal.err(
      `Undo: aiworkflow lake rollback ${printable(table)} --to ${details.current}${lakePlace(lake)}`,
    );
  }
}

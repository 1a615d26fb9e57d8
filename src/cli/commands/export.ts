import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { databaseOption, type LogOptions, projectOption } from '../common-options.ts';
import { withLog } from '../open-log.ts';
import { counted } from '../render/counts.ts';
import { writeWhole } from '../write-whole.ts';

interface ExportOptions extends LogOptions {
  readonly out?: string;
  readonly origin?: string;
}

export function register(program: Command, cli: Cli): void {
  program
    .command('export')
    .description('write one run as a file that verifies and answers by itself (recorded:<name>)')
    .argument('<run>', "a run's id, the beginning of one, or `last`")
    .option('--out <file>', 'the file to write (default: standard output)')
    .option('--origin <text>', 'says in the file where the answers came from, when it was no live provider')
    .addOption(databaseOption())
    .addOption(projectOption())
    .action((run: string, options: ExportOptions) => exportCommand(cli, run, options));
}

async function exportCommand(cli: Cli, run: string, options: ExportOptions): Promise<void> {
  const { exportRun, findRun } = await import('../../audit/sqlite/index.ts');
  const { out, origin } = options;
  await withLog(cli, options, (log) => {
    const runId = findRun(log, run);
    const lines = [...exportRun(log, runId, origin === undefined ? {} : { origin })];
    if (out === undefined) for (const line of lines) cli.terminal.out(line);
    else {
      const note = existsSync(out) ? ', overwritten' : '';
      writeWhole(out, lines);
      cli.terminal.err(`${out}: run ${runId}, ${counted(lines.length, 'line')}${note}`);
    }
  });
}

import type { Command } from 'commander';
import type { ImportedRun } from '../../audit/sqlite/index.ts';
import type { Cli } from '../cli.ts';
import { databaseOption, type LogOptions, projectOption } from '../common-options.ts';
import { withWritableLog } from '../open-log.ts';
import { counted } from '../render/counts.ts';
import { printable } from '../render/printable.ts';

interface ImportOptions extends LogOptions {
  readonly json?: true;
}

export function register(program: Command, cli: Cli): void {
  program
    .command('import')
    .description(
      'take exported runs into the log: verified first, under their own ids, event by event the same',
    )
    .argument('<files...>', 'what `aiworkflow export <run> --out file.jsonl` wrote')
    .option('--json', 'print one run per line as JSON')
    .addOption(databaseOption())
    .addOption(projectOption())
    .action((files: string[], options: ImportOptions) => importCommand(cli, files, options));
}

async function importCommand(cli: Cli, files: readonly string[], options: ImportOptions): Promise<void> {
  const { importRun } = await import('../../audit/sqlite/index.ts');
  const { projectScrub } = await import('../project-scrub.ts');
  const scrub = await projectScrub(cli, options.project);
  await withWritableLog(cli, options, (log) => {
    // One transaction a file: those before one that is refused are in the log, and importing them again is harmless.
    for (const file of files) {
      const run = importRun(log, file, { scrub });
      cli.terminal.out(options.json ? JSON.stringify({ file, ...run }) : line(file, run));
    }
  });
}

function line(file: string, { runId, events, texts, redacted, outcome, root }: ImportedRun): string {
  if (outcome === 'there')
    return `${printable(file)}: run ${printable(runId)} is already there, with the same root`;
  const gone = redacted === 0 ? '' : `, ${counted(redacted, 'redacted text')}`;
  return `${printable(file)}: run ${printable(runId)}, ${counted(events, 'event')}, ${counted(texts, 'text')}${gone}, root ${root}`;
}

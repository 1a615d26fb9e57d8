import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { databaseOption, type LogOptions, projectOption } from '../common-options.ts';
import { withLog } from '../open-log.ts';
import { wrongUsage } from '../wrong-usage.ts';

interface LineageOptions extends LogOptions {
  readonly openlineage?: string;
  readonly openmetadata?: true;
  readonly warehouse?: string;
}

export function register(program: Command, cli: Cli): void {
  program
    .command('lineage')
    .description('tell what a run did to tables, as OpenLineage events or to OpenMetadata')
    .argument('<run>', "a run's id, the beginning of one, or `last`")
    .option(
      '--openlineage <target>',
      'add them to a file, or post them to an http(s) URL (key: OPENLINEAGE_API_KEY); default: print them',
    )
    .option('--openmetadata', "tell the project's OpenMetadata server instead which table came from which")
    .option(
      '--warehouse <dir>',
      "the lake's folder (default: that of the project's lake server, .aiworkflow/lake)",
    )
    .addOption(databaseOption())
    .addOption(projectOption())
    .action((run: string, options: LineageOptions) => lineageCommand(cli, run, options));
}

async function lineageCommand(cli: Cli, text: string, options: LineageOptions): Promise<void> {
  if (options.openmetadata && options.openlineage !== undefined)
    throw wrongUsage('--openlineage and --openmetadata are two things to do.', 'run the command twice.');
  const [{ findRun }, { withSources }, { emitRuns, eventsOfRuns }] = await Promise.all([
    import('../../audit/sqlite/index.ts'),
    import('../why/open-sources.ts'),
    import('../lineage/emit.ts'),
  ]);
  await withLog(cli, options, (log) => {
    const runId = findRun(log, text);
    return withSources({ log, cli, places: options }, async (sources) => {
      if (options.openmetadata) {
        const { tellOpenMetadata } = await import('../lineage/tell-openmetadata.ts');
        return tellOpenMetadata(cli, { sources, runId, project: options.project });
      }
      const request = { log, sources, project: options.project, env: cli.env };
      if (options.openlineage === undefined) {
        for (const event of await eventsOfRuns(request, [runId])) cli.terminal.out(JSON.stringify(event));
        return;
      }
      const sent = await emitRuns({ ...request, target: options.openlineage }, [runId]);
      cli.terminal.err(`${sent} OpenLineage events of run ${runId} to ${options.openlineage}`);
    });
  });
}

import type { Command } from 'commander';
import type { Runtime } from '../../runtime.ts';
import type { Cli } from '../cli.ts';
import { databaseOption, type LogOptions, modelOption, projectOption } from '../common-options.ts';
import { withPlace } from '../suggested-commands.ts';
import { defaultFolder, findRecordings } from '../test/find-recordings.ts';
import type { TestedRecording } from '../test/test-recording.ts';
import { wrongUsage } from '../wrong-usage.ts';

export interface TestOptions extends LogOptions {
  readonly recordings?: string;
  readonly update?: true;
  readonly force?: true;
  readonly model?: readonly string[];
  readonly json?: true;
}

export function register(program: Command, cli: Cli): void {
  program
    .command('test')
    .description('replay recorded runs against the files as they are now: no network, no server, no key')
    .argument('[workflow]', 'only recordings of this workflow: its id, or the path of its file')
    .option('--recordings <dir>', `folder with the recordings (default: ${defaultFolder} of the project)`)
    .option('--update', 'run what is no longer as recorded anew, for real, and keep it as the recording')
    .addOption(modelOption())
    .option('--force', 'with --update: also what still is as recorded')
    .option('--json', 'print one line of JSON per recording')
    .addOption(databaseOption())
    .addOption(projectOption())
    .action((workflow: string | undefined, options: TestOptions) => testCommand(cli, workflow, options));
}

async function testCommand(cli: Cli, workflow: string | undefined, options: TestOptions): Promise<void> {
  requireFitting(options);
  const files = findRecordings(options);
  const tested = await testAll(cli, { files, workflow, options });
  if (options.update) {
    const { recordAnew } = await import('../test/record-anew.ts');
    await recordAnew(cli, tested, options);
    return;
  }
  await printTotal(cli, tested, options);
}

function requireFitting({ update, force, model = [] }: TestOptions): void {
  if (!update && (force || model.length > 0))
    throw wrongUsage(
      `${force ? '--force' : '--model'} is for --update: a test asks no model.`,
      'leave it out, or write --update too.',
    );
}

interface Chosen {
  readonly files: readonly string[];
  readonly workflow: string | undefined;
  readonly options: TestOptions;
}

async function testAll(cli: Cli, { files, workflow, options }: Chosen): Promise<TestedRecording[]> {
  // First: a schema is made with or without its compiler.
  (await import('../schema-compiler.ts')).withoutSchemaCompiler();
  const [{ createRuntime }, { noLog }, { testRecording }, { testedLines, testedJson }] = await Promise.all([
    import('../../runtime.ts'),
    import('../check/no-log.ts'),
    import('../test/test-recording.ts'),
    import('../test/tested-lines.ts'),
  ]);
  const { terminal } = cli;
  const runtime = await createRuntime({ projectDir: options.project, env: cli.env, log: noLog });
  const tested: TestedRecording[] = [];
  for (const file of await ofWorkflow(runtime, { files, workflow, options })) {
    const one = await testRecording(runtime, file);
    tested.push(one);
    terminal.out(options.json ? testedJson(one) : (await testedLines(cli, one)).join('\n'));
  }
  return tested;
}

/** The first line of a file says whose run it holds; the others need not be read. */
async function ofWorkflow(
  runtime: Runtime,
  { files, workflow, options }: Chosen,
): Promise<readonly string[]> {
  if (workflow === undefined) return files;
  const [{ loadWorkflow }, { workflowIdOf }, { noRecordings }] = await Promise.all([
    import('../../runtime/load-workflow.ts'),
    import('../test/workflow-id-of.ts'),
    import('../test/find-recordings.ts'),
  ]);
  const { id } = await loadWorkflow(runtime, workflow);
  const chosen = files.filter((file) => workflowIdOf(file) === id);
  const folder = options.recordings ?? defaultFolder;
  if (chosen.length === 0) throw noRecordings(`No recording in ${folder} is of workflow "${id}".`, folder);
  return chosen;
}

async function printTotal(
  cli: Cli,
  tested: readonly TestedRecording[],
  { json }: TestOptions,
): Promise<void> {
  const { totalLine } = await import('../test/tested-lines.ts');
  const has = (status: TestedRecording['status']): boolean => tested.some((one) => one.status === status);
  // Where nothing could be tried, nothing is proved.
  if (has('broken') || !(has('ok') || has('differs'))) cli.exitCode = 2;
  else if (has('differs')) cli.exitCode = 1;
  if (json) return;
  cli.terminal.out(`\n${totalLine(tested)}`);
  if (has('differs'))
    cli.terminal.out(
      withPlace(
        'Try: undo the change, or keep it with aiworkflow test --update (asks models and calls tools for real).',
        cli.place,
      ),
    );
}

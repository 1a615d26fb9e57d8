import type { Command } from 'commander';
import type { Runtime } from '../../runtime.ts';
import { checkLines } from '../check/check-lines.ts';
import { checkOne, type WorkflowCheck } from '../check/check-one.ts';
import { type ContractOptions, requireContract } from '../check/contract-command.ts';
import { formerCosts } from '../check/former-costs.ts';
import { noLog } from '../check/no-log.ts';
import type { Cli } from '../cli.ts';
import { databaseOption, projectOption } from '../common-options.ts';
import { withPlace } from '../suggested-commands.ts';
import { wrongUsage } from '../wrong-usage.ts';

interface CheckOptions extends ContractOptions {
  readonly offline?: true;
  readonly model?: string;
}

export function register(program: Command, cli: Cli): void {
  program
    .command('check')
    .description('find what is wrong with a workflow without asking a model, and quote what a run may cost')
    .argument('[workflow]', 'its id, or the path of its file (default: all in workflows/)')
    .option('--offline', 'start no tool servers')
    .option('--model <model>', 'quote the cost with this model in place of those of the files')
    .option('--contract <file>', 'check a contract instead: would the last answers in the log still pass it?')
    .option('--against-last <n>', 'with --contract: how many answers (default: 30)')
    .option('--step <step>', 'with --contract: answers of this step, whatever contract it had')
    .option('--workflow <id>', 'with --contract: answers of this workflow only')
    .option('--json', 'print one line of JSON per workflow, or one for the contract')
    .addOption(databaseOption())
    .addOption(projectOption())
    .action((workflow: string | undefined, options: CheckOptions) => checkCommand(cli, workflow, options));
}

async function checkCommand(cli: Cli, workflow: string | undefined, options: CheckOptions): Promise<void> {
  requireContract(options);
  const { contract } = options;
  const { createRuntime } = await import('../../runtime.ts');
  const runtime = await createRuntime({ projectDir: options.project, env: cli.env, log: noLog });
  try {
    if (contract !== undefined) {
      const { checkContractCommand } = await import('../check/contract-command.ts');
      return await checkContractCommand(cli, runtime, { ...ofWorkflow(options, workflow), contract });
    }
    const { model, offline = false } = options;
    const history = (workflowId: string) => formerCosts(cli, options, workflowId);
    const setup = { runtime, offline, history, ...(model !== undefined && { model }) };
    const checks: WorkflowCheck[] = [];
    // One after the other: each starts the servers of its workflow.
    for (const ref of workflow === undefined ? await allWorkflows(runtime.projectDir) : [workflow])
      checks.push(await checkOne(setup, ref));
    print(cli, checks, options);
    if (workflow === undefined) await checkContracts(cli, runtime, options);
  } finally {
    await runtime.close();
  }
}

/** The argument names the workflow as `--workflow` does. */
const ofWorkflow = (options: CheckOptions, workflow: string | undefined): CheckOptions =>
  workflow === undefined ? options : { workflow, ...options };

function print(cli: Cli, checks: readonly WorkflowCheck[], { json }: CheckOptions): void {
  const { terminal, place } = cli;
  const page = { style: terminal.outStyle, place };
  for (const check of checks) terminal.out(json ? JSON.stringify(check) : checkLines(check, page).join('\n'));
  if (checks.some((check) => check.errors.length > 0)) cli.exitCode = 2;
}

/** A broken contract stops the catalog, and with it every workflow that asks for it. Says nothing where there are none. */
async function checkContracts(cli: Cli, runtime: Runtime, { json }: CheckOptions): Promise<void> {
  const [{ checkProjectDocuments }, { documentLines, summaryLine }] = await Promise.all([
    import('../contract/check-project.ts'),
    import('../contract/check-lines.ts'),
  ]);
  const checks = (await checkProjectDocuments(runtime)).map(({ check }) => check);
  if (checks.length === 0) return;
  const broken = checks.filter(({ errors }) => errors.length > 0);
  if (broken.length > 0) cli.exitCode = 2;
  const { out, outStyle } = cli.terminal;
  if (json) return out(JSON.stringify({ contracts: checks }));
  out(
    [
      withPlace(summaryLine(checks, outStyle), cli.place),
      ...broken.flatMap((check) => documentLines(check, outStyle)),
    ].join('\n'),
  );
}

async function allWorkflows(dir: string): Promise<string[]> {
  const { listWorkflows } = await import('../../definitions/index.ts');
  const listed = await listWorkflows({ dir });
  if (listed.length === 0)
    throw wrongUsage(
      `There are no files in ${dir}/workflows.`,
      'aiworkflow init writes a first one, or name another project with --project.',
    );
  return listed.map(({ file }) => file);
}

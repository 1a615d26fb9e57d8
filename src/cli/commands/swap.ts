import type { Command } from 'commander';
import { Option } from 'commander';
import type { SwapReport } from '../../engine/swap/swap-report.ts';
import type { SwapWatch } from '../../runtime/swap/swap-step.ts';
import type { Runtime } from '../../runtime.ts';
import { readBudget } from '../assignments.ts';
import type { Cli } from '../cli.ts';
import { collect, databaseOption, type LogOptions, projectOption } from '../common-options.ts';
import { type Interrupts, watchInterrupts } from '../interrupts.ts';
import { withRuntime } from '../run-in-progress.ts';
import { readCount, readShare } from '../swap/read-numbers.ts';
import { wrongUsage } from '../wrong-usage.ts';

interface SwapCommandOptions extends LogOptions {
  readonly step: string;
  readonly model: string;
  readonly last: string;
  readonly budget: string;
  readonly allowUnknownPrice?: true;
  readonly onMiss: 'stop' | 'live';
  readonly minRuns: string;
  readonly minPassRate: string;
  readonly minAgreement: string;
  readonly ignore?: readonly string[];
  readonly anyDefinition?: true;
  readonly apply?: true;
  readonly json?: true;
  readonly quiet?: true;
}

export function register(program: Command, cli: Cli): void {
  program
    .command('swap')
    .description(
      'whether a step may have another model: its last runs again with it, tools from the log, compared and judged',
    )
    .argument('<workflow>', 'a workflow: its id, or a file')
    .requiredOption('--step <step>', 'the step whose model is to be another one')
    .requiredOption('--model <model>', 'the candidate, provider:model')
    .option('--last <n>', 'how many runs to replay', '10')
    .option('--budget <usd>', 'US dollars for all replays together', '1.00')
    .option('--allow-unknown-price', 'ask a candidate whose price is not known; it counts as 0 dollars')
    .addOption(
      new Option(
        '--on-miss <stop|live>',
        'a tool call that the log does not hold: ends that case, or is made if it only reads',
      )
        .choices(['stop', 'live'])
        .default('stop'),
    )
    .option('--min-runs <n>', 'runs that must have been compared', '5')
    .option('--min-pass-rate <share>', 'share of all cases that must be proved to keep the contract', '0.7')
    .option('--min-agreement <share>', 'share of equal values that each field must have', '0.95')
    .addOption(
      new Option(
        '--ignore <field>',
        'a field that may differ: /summary, /files/*/note; may be given several times',
      ).argParser(collect),
    )
    .option('--any-definition', 'also runs whose prompt, contract, tools or settings were others')
    .option('--apply', 'write the model into the workflow file, if it is safe')
    .option('--json', 'print each event and the report as a line of JSON')
    .option('--quiet', 'print the report and errors, nothing else')
    .addOption(databaseOption())
    .addOption(projectOption())
    .action((workflow: string, options: SwapCommandOptions) => swapCommand(cli, workflow, options));
}

interface Swapped {
  readonly report: SwapReport;
  /** Where the model was written. */
  readonly applied?: string;
}

async function swapCommand(cli: Cli, ref: string, options: SwapCommandOptions): Promise<void> {
  const numbers = readNumbers(options);
  const { swapProgress } = await import('../swap/swap-progress.ts');
  const progress = swapProgress(cli.terminal, options);
  const interrupts = watchInterrupts((text) => cli.terminal.err(text));
  try {
    const swapped = await withRuntime(cli, { ...options, progress }, (runtime) =>
      swapNow(runtime, ref, { options, numbers, interrupts, watch: progress.watch }),
    );
    const { printSwap, exitCodeOf } = await import('../swap/swap-page.ts');
    printSwap(cli, swapped, options);
    cli.exitCode = exitCodeOf(swapped.report);
  } finally {
    interrupts.stop();
  }
}

interface Swapping {
  readonly options: SwapCommandOptions;
  readonly numbers: ReturnType<typeof readNumbers>;
  readonly interrupts: Interrupts;
  readonly watch: SwapWatch;
}

async function swapNow(
  runtime: Runtime,
  ref: string,
  { options, numbers, interrupts, watch }: Swapping,
): Promise<Swapped> {
  const [{ swapStep }, { stepToSwap }, { readStepFile, applyModel }, { loadWorkflow }, { runsOf }] =
    await Promise.all([
      import('../../runtime/swap/swap-step.ts'),
      import('../../runtime/swap/step-to-swap.ts'),
      import('../../runtime/swap/apply-model.ts'),
      import('../../runtime/load-workflow.ts'),
      import('../swap/runs-of.ts'),
    ]);
  const workflow = await loadWorkflow(runtime, ref);
  const found = stepToSwap(workflow, options.step, { fallback: runtime.config.model });
  if (options.apply && found.present === options.model)
    throw wrongUsage(
      `Step "${options.step}" has the model ${options.model} already.`,
      'leave --apply out to see how far it agrees with itself, or name another --model.',
    );
  const file = await readStepFile(runtime.projectDir, found.step);
  const report = await swapStep(runtime, {
    workflow,
    step: options.step,
    model: options.model,
    ...numbers,
    ...runsOf(runtime, workflow.id),
    onMiss: options.onMiss,
    allowUnknownPrice: options.allowUnknownPrice ?? false,
    anyDefinition: options.anyDefinition ?? false,
    ignore: options.ignore ?? [],
    signal: interrupts.signal,
    watch,
  });
  if (!options.apply || report.verdict !== 'safe' || report.stopped) return { report };
  await applyModel(file, options.model);
  return { report, applied: file.name };
}

function readNumbers(options: SwapCommandOptions) {
  return {
    last: readCount('--last', options.last),
    budgetUsd: readBudget(options.budget)?.usd ?? 1,
    rules: {
      minRuns: readCount('--min-runs', options.minRuns),
      minPassRate: readShare('--min-pass-rate', options.minPassRate),
      minAgreement: readShare('--min-agreement', options.minAgreement),
    },
  };
}

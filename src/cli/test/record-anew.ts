import { exportRun } from '../../audit/sqlite/index.ts';
import type { WorkflowResult } from '../../domain/result.ts';
import type { ModelChoice } from '../../engine/runs/workflow-run.ts';
import { readModels } from '../assignments.ts';
import type { Cli } from '../cli.ts';
import type { TestOptions } from '../commands/test.ts';
import { openModels, requireSteps } from '../load-workflow.ts';
import { withLog } from '../open-log.ts';
import { counted } from '../render/counts.ts';
import { type InProgress, inProgress } from '../run-in-progress.ts';
import { writeWhole } from '../write-whole.ts';
import type { TestedRecording } from './test-recording.ts';
import { nameOf } from './tested-lines.ts';
import { whatChanged } from './what-changed.ts';

type Replayed = Required<Pick<TestedRecording, 'run' | 'workflow'>> & TestedRecording;

/**
 * Runs the workflow of each recording that is no longer as recorded anew, for real, with the parameters of the recorded
 * run, and puts the export of the new run in its place. The runs are in the project's log like any others: they are
 * paid for. The first that fails ends it, and its recording stays as it was.
 */
export async function recordAnew(
  cli: Cli,
  tested: readonly TestedRecording[],
  options: TestOptions,
): Promise<void> {
  const { terminal } = cli;
  const models = readModels(options.model ?? []);
  const chosen = tested.filter(
    (one): one is Replayed =>
      one.run !== undefined &&
      one.workflow !== undefined &&
      (one.status === 'differs' || (one.status === 'ok' && options.force === true)),
  );
  for (const recording of chosen) {
    const name = nameOf(recording);
    if (!options.json) terminal.err(`\n${name}: running ${recording.workflowId} anew`);
    const { value } = await inProgress(cli, { ...options, quiet: true }, (running) =>
      runAnew(running, recording, models),
    );
    const changed = await withLog(cli, options, (log) => {
      writeWhole(recording.file, [...exportRun(log, value.runId)]);
      return whatChanged({ before: recording.run, log, runId: value.runId }, terminal);
    });
    terminal.out(
      options.json
        ? JSON.stringify({
            type: 'recorded',
            file: recording.file,
            runId: value.runId,
            costUsd: value.costUsd,
          })
        : [`${name}: recorded anew, run ${value.runId}`, ...changed.map((line) => `  ${line}`)].join('\n'),
    );
  }
  // What cannot be tried cannot be recorded anew either: nobody knows with which parameters.
  if (tested.some(({ status }) => status === 'broken')) cli.exitCode = 2;
  if (!options.json) terminal.out(`\n${summary(tested, chosen)}`);
}

async function runAnew(
  { runtime, interrupts }: InProgress,
  { run, workflow }: Replayed,
  models: Omit<ModelChoice, 'fallback'>,
): Promise<WorkflowResult> {
  const [{ runLoadedWorkflow }, { resolveParams }] = await Promise.all([
    import('../../runtime/run-workflow-file.ts'),
    import('../../definitions/resolve-params.ts'),
  ]);
  const first = run.events[0]?.event;
  const params = resolveParams(workflow, first?.type === 'run-started' ? first.params : {});
  requireSteps(workflow, Object.keys(models.steps));
  const { model: fallback } = runtime.config;
  await openModels(runtime, workflow, { ...models, ...(fallback !== undefined && { fallback }) });
  return runLoadedWorkflow(runtime, workflow, { params, models, signal: interrupts.signal });
}

function summary(tested: readonly TestedRecording[], chosen: readonly Replayed[]): string {
  const kept =
    tested.filter(({ status }) => status === 'ok').length -
    chosen.filter(({ status }) => status === 'ok').length;
  return `${counted(chosen.length, 'recording')} made anew, ${kept} left as ${kept === 1 ? 'it is' : 'they are'}`;
}

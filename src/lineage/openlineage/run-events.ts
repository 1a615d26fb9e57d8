import type { JsonObject } from '../../domain/json.ts';
import { inputDataset, outputDataset } from './datasets.ts';
import { eventSchema, facet, ownFacet, present, producer } from './facets.ts';
import { uuidOf } from './run-id.ts';
import type { LineagePlaces, RunLineage, StepLineage } from './run-lineage.ts';

/**
 * A run and its steps that touched tables, as OpenLineage 2-0-2 RunEvents in the order of their times: a START for each,
 * and a COMPLETE, FAIL or ABORT for each that has ended.
 */
export function runEvents(run: RunLineage, places: LineagePlaces): JsonObject[] {
  const parent = { ...runOf(run), job: runJob(run, places) };
  const own = lifecycle({ of: run, run: parent.run, job: parent.job, datasets: {} });
  const steps = run.steps.flatMap((step) =>
    lifecycle({
      of: step,
      run: stepRun(step, { run, parent: parentOf(run, places) }),
      job: stepJob(step, { run, places }),
      datasets: {
        inputs: step.inputs.map((input) => inputDataset(input, places)),
        outputs: step.outputs.map((output) => outputDataset(output, places)),
      },
    }),
  );
  // Sorting keeps a START before the end of the same moment, and the run around its steps.
  const [start, ...end] = own;
  const inOrder = steps.toSorted((a, b) => String(a['eventTime']).localeCompare(String(b['eventTime'])));
  return [...(start ? [start] : []), ...inOrder, ...end];
}

interface Lifecycle {
  readonly of: {
    readonly startedAt: number;
    readonly endedAt?: number;
    readonly status: string;
    readonly errorMessage?: string;
  };
  readonly run: JsonObject;
  readonly job: JsonObject;
  readonly datasets: JsonObject;
}

/** What is known only afterwards, the datasets and the error, is told with the end. */
function lifecycle({ of, run, job, datasets }: Lifecycle): JsonObject[] {
  const base = { producer, schemaURL: eventSchema };
  const start = {
    eventType: 'START',
    eventTime: isoOf(of.startedAt),
    run,
    job,
    inputs: [],
    outputs: [],
    ...base,
  };
  const ending = endings[of.status];
  if (of.endedAt === undefined || ending === undefined) return [start];
  const end = {
    eventType: ending,
    eventTime: isoOf(of.endedAt),
    run: withError(run, of.errorMessage),
    job,
    inputs: [],
    outputs: [],
    ...datasets,
    ...base,
  };
  return [start, end];
}

/** A run that waits for a person, or died, has not ended. */
const endings: Readonly<Record<string, 'COMPLETE' | 'FAIL' | 'ABORT'>> = {
  ok: 'COMPLETE',
  failed: 'FAIL',
  stopped: 'ABORT',
  interrupted: 'ABORT',
};

const isoOf = (atMs: number): string => new Date(atMs).toISOString();

function withError(run: JsonObject, message: string | undefined): JsonObject {
  if (message === undefined) return run;
  // The facet asks for a language; what failed may be a model, a tool or a limit.
  const error = facet('ErrorMessageRunFacet', { message, programmingLanguage: 'NONE' });
  return { ...run, facets: { ...(run['facets'] as JsonObject), errorMessage: error } };
}

function engineFacet({ program }: RunLineage): JsonObject {
  const [name = program, version = 'unknown'] = program.split(' ');
  return facet('ProcessingEngineRunFacet', { name, version });
}

function runOf(run: RunLineage): { readonly run: JsonObject } {
  const { runId, definition } = run;
  const facets = present({
    processing_engine: engineFacet(run),
    aiworkflow_calls: ownFacet({ runId, calls: [], ...(definition !== undefined && { definition }) }),
  });
  return { run: { runId: uuidOf(runId), facets } };
}

const runJob = ({ workflowId, workflowFile }: RunLineage, places: LineagePlaces): JsonObject => ({
  namespace: places.namespace,
  name: workflowId,
  facets: present({
    jobType: facet('JobTypeJobFacet', {
      processingType: 'BATCH',
      integration: 'AIWORKFLOW',
      jobType: 'WORKFLOW',
    }),
    sourceCodeLocation: workflowFile === undefined ? undefined : locationOf(workflowFile, undefined, places),
  }),
});

function parentOf(run: RunLineage, { namespace }: LineagePlaces): JsonObject {
  const parent = { run: { runId: uuidOf(run.runId) }, job: { namespace, name: run.workflowId } };
  return facet('ParentRunFacet', { ...parent, root: parent });
}

function stepRun(
  step: StepLineage,
  { run, parent }: { readonly run: RunLineage; readonly parent: JsonObject },
): JsonObject {
  const calls = step.calls.map((call) => ({
    key: call.key,
    number: call.number,
    tool: call.tool,
    ...(call.model && { model: call.model.asked }),
    ...(call.model?.answered !== undefined && { answeredBy: call.model.answered }),
    ...(call.source !== undefined && { source: call.source }),
  }));
  const prompts = step.prompt.map(({ file, line, sha256 }) => ({ file, line, sha256 }));
  const facets = present({
    parent,
    processing_engine: engineFacet(run),
    aiworkflow_calls: ownFacet({ runId: run.runId, step: step.path, calls, prompts }),
  });
  return { runId: uuidOf(`${run.runId}/${step.path}`), facets };
}

function stepJob(
  step: StepLineage,
  { run, places }: { readonly run: RunLineage; readonly places: LineagePlaces },
): JsonObject {
  const [prompt] = step.prompt;
  const file = prompt?.file ?? run.workflowFile;
  return {
    namespace: places.namespace,
    // Items and rounds of a loop are runs of one job.
    name: `${run.workflowId}.${step.path.replaceAll(/[[~!][^/]*/g, '')}`,
    facets: present({
      jobType: facet('JobTypeJobFacet', {
        processingType: 'BATCH',
        integration: 'AIWORKFLOW',
        jobType: 'STEP',
      }),
      sql:
        step.sql.length === 0
          ? undefined
          : facet('SQLJobFacet', { query: step.sql.join(';\n\n'), dialect: 'duckdb' }),
      sourceCodeLocation: file === undefined ? undefined : locationOf(file, prompt?.sha256, places),
    }),
  };
}

function locationOf(file: string, sha256: string | undefined, { projectDir }: LineagePlaces): JsonObject {
  const absolute = file.startsWith('/') ? file : `${projectDir}/${file}`;
  return facet('SourceCodeLocationJobFacet', {
    type: 'file',
    url: encodeURI(`file://${absolute}`),
    path: file,
    ...(sha256 !== undefined && { version: `sha256:${sha256}` }),
  });
}

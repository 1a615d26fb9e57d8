import type { AuditEvent } from '../../src/domain/events.ts';
import type { LoadedWorkflow } from '../../src/domain/loaded-workflow.ts';
import { callOfPosition, type Position } from '../../src/domain/position.ts';
import type { WorkflowResult } from '../../src/domain/result.ts';
import { foldRun, openCalls, type RunState } from '../../src/engine/runs/fold-run.ts';
import { AiworkflowError } from '../../src/errors/index.ts';
import type { Clock } from '../../src/ports/environment.ts';
import type { CompiledSchema, SchemaValidator } from '../../src/ports/schema-validator.ts';
import type { CallableTool } from '../../src/ports/tool-source.ts';
import { type ReplayOptions, replayRun } from '../../src/runtime/rerun/replay-run.ts';
import { resolveCall } from '../../src/runtime/rerun/resolve-call.ts';
import { type ResumeOptions, resumeRun } from '../../src/runtime/rerun/resume-run.ts';
import { runLoadedWorkflow } from '../../src/runtime/run-workflow-file.ts';
import { createRuntime, type Runtime } from '../../src/runtime.ts';
import {
  fixedClock,
  type MemoryLog,
  memoryLog,
  type Script,
  scriptedModel,
} from '../../src/testing/index.ts';

/**
 * Runs, their crashes, and what comes after, over one log in memory. What the world was asked is counted from the
 * opening of the world on: a process that died has a world of its own.
 */
export interface World {
  readonly log: MemoryLog;
  readonly runtime: Runtime;
  /** Positions of the model calls that were really made. */
  readonly asked: Position[];
  /** `tool position` of the tool calls that were really made; the position without its attempt. */
  readonly made: string[];
  /** Every event as the listener saw it. */
  readonly seen: AuditEvent[];
  run(workflow: LoadedWorkflow, options?: Parameters<typeof runLoadedWorkflow>[2]): Promise<WorkflowResult>;
  resume(options?: ResumeOptions): Promise<WorkflowResult>;
  replay(options?: ReplayOptions, of?: string): ReturnType<typeof replayRun>;
  /** What a person says of every call that is in doubt. */
  decide(decision: 'retry' | 'result', resultOf?: (position: Position) => string): Promise<void>;
  events(): AuditEvent[];
  state(): RunState;
}

export interface WorldOptions {
  readonly script: Script;
  readonly tools?: readonly CallableTool[];
  readonly clock?: Clock;
  /** The texts of an earlier world, and the events of its run that were on disk when it ended. */
  readonly past?: { readonly log: MemoryLog; readonly events: readonly AuditEvent[] };
}

const base = await createRuntime({
  project: { dir: '/nowhere', config: {} } as never,
  log: memoryLog(),
  env: {},
});
const runId = 'run-1';

// Definitions that come from a log are new objects each time; compiling is what these tests would spend their time on.
const compiled = new Map<string, CompiledSchema>();
const schemas: SchemaValidator = {
  compile(schema) {
    const key = JSON.stringify(schema);
    const known = compiled.get(key) ?? base.services.schemas.compile(schema);
    compiled.set(key, known);
    return known;
  },
};

export function openWorld({ script, tools = [], clock, past }: WorldOptions): World {
  const log = past ? logAfterCrash(past) : memoryLog();
  const asked: Position[] = [];
  const made: string[] = [];
  const seen: AuditEvent[] = [];
  const model = scriptedModel((request, context) => {
    asked.push(context.position);
    return typeof script === 'function' ? script(request, context) : (script[asked.length - 1] ?? 'done');
  });
  let next = past ? 1 : 0;
  const runtime: Runtime = {
    ...base,
    log,
    models: { open: async () => model },
    services: {
      ...base.services,
      log,
      models: { open: async () => model },
      schemas,
      prices: { cost: () => 0.001 },
      clock: clock ?? fixedClock(past ? 1_760_000_000_000 : undefined),
      ids: { runId: () => `run-${++next}` },
      progress: { event: (_, event) => void seen.push(event) },
    },
  };
  const counted = tools.map((tool) => countedTool(tool, made));
  const whole = { asRecorded: true, tools: counted };
  return {
    log,
    runtime,
    asked,
    made,
    seen,
    run: (workflow, options) => runLoadedWorkflow(runtime, workflow, { tools: counted, ...options }),
    resume: (options) => resumeRun(runtime, runId, { ...whole, ...options }),
    replay: (options, of = runId) => replayRun(runtime, of, { ...whole, ...options }),
    async decide(decision, resultOf = () => '') {
      for (const { begun } of openCalls(foldRun(runId, log.events(runId)))) {
        if (begun.call === 'model' || begun.effect === 'read' || begun.effect === 'idempotent') continue;
        const given = decision === 'result' ? { resultText: resultOf(begun.position) } : {};
        await resolveCall(runtime, runId, {
          call: begun.position,
          decision,
          by: 'Ada',
          why: 'looked',
          ...given,
        });
      }
    },
    events: () => [...log.events(runId)],
    state: () => foldRun(runId, log.events(runId)),
  };
}

/** As a process finds it that starts after the one before was killed. */
function logAfterCrash({ log: before, events }: NonNullable<WorldOptions['past']>): MemoryLog {
  const log = memoryLog();
  for (const event of events) {
    if (event.type === 'run-resumed') log.release(runId);
    log.append(runId, event);
  }
  log.release(runId);
  return { ...log, load: (hash) => log.load(hash) ?? before.load(hash) };
}

function countedTool(tool: CallableTool, made: string[]): CallableTool {
  return {
    ...tool,
    call(args, context) {
      made.push(`${tool.definition.name} ${context.idempotencyKey.slice(runId.length + 1)}`);
      return tool.call(args, context);
    },
  };
}

/** The outcome of work that may fail in the ways that the product knows. */
export async function settled<Value>(work: Promise<Value>): Promise<Value | AiworkflowError> {
  try {
    return await work;
  } catch (error) {
    if (AiworkflowError.is(error)) return error;
    throw error;
  }
}

/** The calls of a run by what became of them, without attempts. */
export function callsOf(events: readonly AuditEvent[]) {
  const begun = new Set<Position>();
  const ended = new Set<Position>();
  for (const event of events) {
    if (event.type === 'call-begun') begun.add(event.position);
    if (event.type === 'call-ended' && !(event.error && event.result === undefined))
      ended.add(event.position);
  }
  return { begun, ended, endedCalls: new Set([...ended].map(callOfPosition)) };
}

import type { AuditEvent } from '../../domain/events.ts';
import type { Hash } from '../../domain/hash.ts';
import type { LoadedWorkflow } from '../../domain/loaded-workflow.ts';
import { type Past, pastOf } from '../../engine/journal/past.ts';
import { DefinitionError, LogError } from '../../errors/index.ts';
import type { AuditReader } from '../../ports/audit-log.ts';

/** A run of the log as the past of another; `seen` is told of each of its events. Throws RUN_UNKNOWN. */
export function openPast(
  log: AuditReader,
  runId: string,
  { seen }: { readonly seen?: ((event: AuditEvent) => void) | undefined } = {},
): Past {
  const load = (hash: Hash): string => log.load(hash) ?? missing(runId, hash);
  const events = log.events(runId);
  const past = pastOf(runId, seen ? tapped(events, seen) : events, load);
  if (past.started) return past;
  throw new DefinitionError({
    code: 'RUN_UNKNOWN',
    message: `No run "${runId}" is in the log.`,
    hint: '`aiworkflow runs` lists them.',
  });
}

function* tapped(events: Iterable<AuditEvent>, seen: (event: AuditEvent) => void): Generator<AuditEvent> {
  for (const event of events) {
    seen(event);
    yield event;
  }
}

/** The definition that the run was made with: the last one, when it was resumed with another. */
export const recordedWorkflow = (past: Past): LoadedWorkflow | undefined =>
  workflowUnder(past, past.definition);

/** The definition that the run began with. */
export const startedWith = (past: Past): LoadedWorkflow | undefined =>
  workflowUnder(past, past.started?.definition);

function workflowUnder({ load }: Past, hash: Hash | undefined): LoadedWorkflow | undefined {
  // The log's own text: `run-started` stored a loaded workflow under this hash.
  return hash === undefined ? undefined : (JSON.parse(load(hash)) as LoadedWorkflow);
}

function missing(runId: string, hash: Hash): never {
  throw new LogError({
    code: 'LOG_CORRUPT',
    message: `The log does not hold the text ${hash} that run ${runId} names.`,
    hint: `\`aiworkflow verify ${runId}\` says what is missing.`,
  });
}

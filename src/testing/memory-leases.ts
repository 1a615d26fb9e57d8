import type { AuditEvent } from '../domain/events.ts';
import { DefinitionError, LogError } from '../errors/index.ts';
import type { RunLeases } from '../ports/audit-log.ts';

export interface MemoryLeases extends RunLeases {
  /** Some events say who works on the run. Throws RUN_HELD. */
  follow(runId: string, event: AuditEvent): void;
}

/** There is one process: what is held, it holds itself. */
export function memoryLeases(runs: ReadonlyMap<string, unknown>): MemoryLeases {
  const held = new Map<string, 'claimed' | 'worked on'>();
  const claim = (runId: string): void => {
    if (!runs.has(runId)) throw unknown(runId);
    if (held.has(runId)) throw isWorkedOn(runId);
    held.set(runId, 'claimed');
  };
  return {
    claim,
    release: (runId) => void held.delete(runId),
    isHeld: (runId) => held.has(runId),
    follow(runId, { type }) {
      if (type === 'run-resumed' && held.get(runId) !== 'claimed') claim(runId);
      if (type === 'run-started' || type === 'run-resumed') held.set(runId, 'worked on');
      if (type === 'run-ended') held.delete(runId);
    },
  };
}

function isWorkedOn(runId: string): LogError {
  return new LogError({
    code: 'RUN_HELD',
    message: `This process works on run ${runId}.`,
    hint: 'wait until it is done.',
  });
}

function unknown(runId: string): DefinitionError {
  return new DefinitionError({ code: 'RUN_UNKNOWN', message: `No run "${runId}".` });
}

import { constants } from 'node:os';
import { AiworkflowError, InterruptedError } from '../errors/index.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface Interrupts {
  /** Fires at the first signal: the run ends in order, its log says so. */
  readonly signal: AbortSignal;
  /** What to say of an error: after a signal a call in doubt is a consequence of it, and the program was interrupted. */
  explain(error: unknown): unknown;
  stop(): void;
}

/**
 * Ctrl-C, SIGTERM and a closed terminal. The first one ends the run in order; the second one ends the program at
 * once: tool servers go with it (they are killed on `exit`), and a call that was on its way stays in doubt in the log.
 */
export function watchInterrupts(announce: (text: string) => void): Interrupts {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(128 + (constants.signals[name] ?? 2));
    announce('Interrupted: the run is being ended. Once more ends the program at once.');
    controller.abort(
      new InterruptedError({
        code: 'INTERRUPTED',
        message: `The run was interrupted (${name}).`,
        hint: '`aiworkflow show last` says how far it came.',
      }),
    );
  };
  for (const name of signals) process.on(name, onSignal);
  return {
    signal: controller.signal,
    explain: (error) => (controller.signal.aborted ? interruptedBy(error) : error),
    stop() {
      for (const name of signals) process.off(name, onSignal);
    },
  };
}

function interruptedBy(cause: unknown): unknown {
  if (!AiworkflowError.is(cause) || cause.code !== 'TOOL_OUTCOME_UNKNOWN') return cause;
  const { message, hint, runId } = cause;
  const error = new InterruptedError({
    code: 'INTERRUPTED',
    message: `The run was interrupted in the middle of a call. ${message}`,
    ...(hint !== undefined && { hint }),
    cause,
  });
  if (runId !== undefined) error.runId = runId;
  return error;
}

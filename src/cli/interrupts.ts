import { constants } from 'node:os';
import type { RunState } from '../engine/runs/fold-run.ts';
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
export function watchInterrupts(
  announce: (text: string) => void,
  run: () => RunState | undefined = () => undefined,
): Interrupts {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(128 + (constants.signals[name] ?? 2));
    announce('Interrupted: the run is being ended. Once more ends the program at once.');
    controller.abort(
      new InterruptedError({
        code: 'INTERRUPTED',
        message: `The run was interrupted (${name}).`,
        hint: hintFor(run()),
      }),
    );
  };
  for (const name of signals) process.on(name, onSignal);
  return {
    signal: controller.signal,
    explain: (error) => (controller.signal.aborted ? interruptedBy(error, hintFor(run())) : error),
    stop() {
      for (const name of signals) process.off(name, onSignal);
    },
  };
}

/** A replay and a swap are made again rather than gone on with. */
function hintFor(run: RunState | undefined): string {
  const { runId = 'last', started } = run ?? {};
  const resume =
    run && (started?.origin?.kind ?? 'fork') === 'fork'
      ? `\`aiworkflow resume ${runId}\` goes on with it; `
      : '';
  return `${resume}\`aiworkflow show ${runId}\` says how far it came.`;
}

function interruptedBy(cause: unknown, goOn: string): unknown {
  if (!AiworkflowError.is(cause)) return cause;
  if (cause.code === 'INTERRUPTED') return interrupted(cause.message, { hint: goOn, cause });
  if (cause.code !== 'TOOL_OUTCOME_UNKNOWN') return cause;
  const message = `The run was interrupted in the middle of a call. ${cause.message}`;
  return interrupted(message, { hint: cause.hint ?? goOn, cause });
}

function interrupted(
  message: string,
  { hint, cause }: { readonly hint: string; readonly cause: AiworkflowError },
): InterruptedError {
  const error = new InterruptedError({ code: 'INTERRUPTED', message, hint, cause });
  if (cause.runId !== undefined) error.runId = cause.runId;
  return error;
}

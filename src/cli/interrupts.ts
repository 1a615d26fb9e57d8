import { constants } from 'node:os';
import { InterruptedError } from '../errors/index.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface Interrupts {
  /** Fires at the first signal: the run ends in order, its log says so. */
  readonly signal: AbortSignal;
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
    stop() {
      for (const name of signals) process.off(name, onSignal);
    },
  };
}

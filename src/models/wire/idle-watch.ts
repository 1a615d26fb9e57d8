/** Watches one call: gives it up when the caller does, or when nothing has arrived for too long. */
export interface IdleWatch {
  /** Something arrived. Called per chunk of bytes, pings and comments included. */
  readonly touch: () => void;
  /** What to do when the call is given up: once, and at once when it has been already. */
  readonly whenGivenUp: (stop: () => void) => void;
  readonly timedOut: () => boolean;
  readonly stop: () => void;
}

/** Covers the whole call: a time-out that ends with the headers lets a stream that falls silent hang for ever. */
export function startIdleWatch(caller: AbortSignal, idleTimeoutMs: number): IdleWatch {
  let giveUp: (() => void) | undefined;
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    giveUp?.();
  }, idleTimeoutMs);
  const abort = (): void => giveUp?.();
  caller.addEventListener('abort', abort, { once: true });
  return {
    // refresh() moves the timer without making a new one; on a timer that has fired it would start it again.
    touch: () => {
      if (!timedOut) timer.refresh();
    },
    whenGivenUp: (stop) => {
      giveUp = stop;
      if (caller.aborted || timedOut) stop();
    },
    timedOut: () => timedOut,
    stop: () => {
      clearTimeout(timer);
      caller.removeEventListener('abort', abort);
    },
  };
}

/** Watches one call: aborts it when the caller does, or when nothing has arrived for too long. */
export interface IdleWatch {
  readonly signal: AbortSignal;
  /** Something arrived. Called per chunk of bytes, pings and comments included. */
  readonly touch: () => void;
  readonly timedOut: () => boolean;
  readonly stop: () => void;
}

/**
 * The SDKs' own time-out ends with the response headers, so a stream that falls silent would hang for ever.
 */
export function startIdleWatch(caller: AbortSignal, idleTimeoutMs: number): IdleWatch {
  const controller = new AbortController();
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    controller.abort();
  }, idleTimeoutMs);
  const abort = (): void => controller.abort();
  caller.addEventListener('abort', abort, { once: true });
  if (caller.aborted) abort();
  return {
    signal: controller.signal,
    // refresh() moves the timer without making a new one; on a timer that has fired it would start it again.
    touch: () => {
      if (!timedOut) timer.refresh();
    },
    timedOut: () => timedOut,
    stop: () => {
      clearTimeout(timer);
      caller.removeEventListener('abort', abort);
    },
  };
}

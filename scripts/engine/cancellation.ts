import { TimedOut } from './errors.ts';

export interface Cancellation {
  /** Aborted by the caller or when time is up: steps stop before their next write. */
  readonly signal: AbortSignal;
  /** Aborted some seconds later: for calls in flight whose server does not answer. */
  readonly lastResort: AbortSignal;
  [Symbol.dispose](): void;
}

/**
 * Joins the caller's signal with a time limit.
 *
 * @param graceSeconds how long a call in flight may take to end by itself once the run is stopped.
 */
export function cancelAfter(seconds: number, caller?: AbortSignal, graceSeconds = 10): Cancellation {
  const deadline = new AbortController();
  const lastResort = new AbortController();
  const timer = setTimeout(
    () => deadline.abort(new TimedOut(`The run did not end within ${seconds} s.`)),
    seconds * 1000,
  );
  timer.unref();
  const signal = caller ? AbortSignal.any([caller, deadline.signal]) : deadline.signal;
  let grace: NodeJS.Timeout | undefined;
  const startGrace = () => {
    grace = setTimeout(() => lastResort.abort(signal.reason), graceSeconds * 1000);
    grace.unref();
  };
  if (signal.aborted) startGrace();
  else signal.addEventListener('abort', startGrace, { once: true });
  return {
    signal,
    lastResort: lastResort.signal,
    [Symbol.dispose]() {
      clearTimeout(timer);
      clearTimeout(grace);
      signal.removeEventListener('abort', startGrace);
    },
  };
}

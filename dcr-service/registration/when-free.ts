import { setTimeout as pause } from 'node:timers/promises';

const lookEveryMs = 100;

/**
 * Begins a change; while another one of the same registration is under way, in whatever process, again and again.
 *
 * @param patience for how long an outcome of `begin` may be waited out, in milliseconds; 0: it is final.
 * @param deadline ends the waiting.
 */
export async function whenFree<Outcome>(
  begin: () => Promise<Outcome>,
  patience: (outcome: Outcome) => number,
  deadline: AbortSignal,
): Promise<Outcome> {
  const began = performance.now();
  for (;;) {
    const outcome = await begin();
    if (deadline.aborted || performance.now() - began >= patience(outcome)) return outcome;
    await pause(lookEveryMs, undefined, { signal: deadline }).catch(() => {});
  }
}

/** As long as leaves enough of a request's time for its own change. */
export const briefly = ({ deadlineMs }: { readonly deadlineMs: number }): number => deadlineMs / 3;

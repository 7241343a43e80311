import type { Mode, Step, Task } from './step.ts';

/**
 * Lets steps read before their turn, in parallel, and discards the results: the clients cache them until a write, so that a step finds them
 * when its turn comes. Dependencies delay a step's writes, not its reads.
 *
 * Steps without dependencies start now anyway. Errors are discarded, too: a step meets them again in its turn.
 */
export function lookAhead<Context>(steps: readonly Step<Context>[], context: Context, mode: Mode, signal: AbortSignal) {
  const task: Task = {
    mode,
    signal,
    changed: () => false,
    // Ahead of its turn a step looks once.
    waiting() {
      throw new Error('It is not this step’s turn.');
    },
    checkpoint: () => signal.throwIfAborted(),
  };
  for (const step of steps) {
    if (step.needs.length === 0) continue;
    const looks = [() => step.read(context, task), () => (mode === 'apply' ? step.foresee?.(context) : undefined)];
    for (const look of looks) {
      void Promise.resolve()
        .then(look)
        .catch(() => {});
    }
  }
}

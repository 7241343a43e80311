import type { Mode, Step, Task } from './step.ts';

/**
 * Lets steps read before their turn, all at once, and drops what they see: the clients remember it until somebody writes, so
 * that a step whose turn comes finds its answers there. What a step needs binds its writes, not its looks.
 *
 * Steps that need nothing begin now anyway. Errors are dropped, too: in its turn a step meets them again.
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

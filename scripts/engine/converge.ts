import { setTimeout as delay } from 'node:timers/promises';
import type { Change } from './change.ts';
import type { Report } from './events.ts';
import type { Mode, Step, Task } from './step.ts';
import { notYet, waitFor } from './wait.ts';

export interface Convergence<Context> {
  context: Context;
  mode: Mode;
  /** Lent to the step. */
  task: Task;
  report: Report;
  /** Seconds until a change that was written must show when read again. */
  settleSeconds: number;
  /** Whether this error leaves open if a write took effect. Then the step looks again; it does not write blindly. */
  mayHaveHappened?: ((error: unknown) => boolean) | undefined;
  /** Told what is about to be changed before the first write: a step that is cut off between two writes has changed something. */
  planned(changes: Change[]): void;
  /** Told that the step has written. */
  applied(): void;
}

/** How often a step looks again when an answer was lost, and the first pause before it does, in milliseconds. */
const mostLooks = 5;
const firstPause = 150;

/**
 * Read, plan, apply, read again until nothing is left to change, verify. A lost answer is not a failure: the step begins
 * again by reading, and what has happened already needs no second write.
 */
export async function converge<Context>(step: Step<Context>, run: Convergence<Context>): Promise<Change[]> {
  const { mode, task, report, mayHaveHappened } = run;
  let made: Change[] = [];
  for (let look = 1; ; look += 1) {
    try {
      const planned = await bringAbout(step, made, run);
      made = withoutRepeats(made, planned);
      return made;
    } catch (error) {
      if (error instanceof Unfinished) made = error.made;
      const because = error instanceof Unfinished ? error.cause : error;
      if (mode === 'plan' || look === mostLooks || task.signal.aborted || !mayHaveHappened?.(because)) throw because;
      const message = because instanceof Error ? because.message : String(because);
      report({ event: 'retrying', step: step.name, title: step.title, because: message });
      const pause = firstPause * 2 ** look * (0.5 + Math.random());
      await delay(pause, undefined, { signal: task.signal }).catch(() => task.checkpoint());
      task.forget?.();
    }
  }
}

/** An error after something was planned, with what was. */
class Unfinished extends Error {
  readonly made: Change[];

  constructor(made: Change[], cause: unknown) {
    super('', { cause });
    this.made = made;
  }
}

async function bringAbout<Context>(
  step: Step<Context>,
  before: Change[],
  { context, mode, task, settleSeconds, planned: tell, applied }: Convergence<Context>,
): Promise<Change[]> {
  const readAndPlan = async () => {
    const seen = await step.read(context, task);
    return { seen, planned: await step.plan(seen, context, task) };
  };
  const { seen, planned } = await readAndPlan();
  if (planned.length > 0) task.checkpoint();
  const made = withoutRepeats(before, planned);
  tell(made);
  if (mode === 'plan') return made;
  try {
    if (planned.length > 0) {
      await step.apply(seen, context, task);
      applied();
      await waitFor(task, { for: 'the change to show', seconds: settleSeconds }, async () => {
        const [left] = (await readAndPlan()).planned;
        return !left || notYet(`${left.resource} still differs in ${left.fields.map(({ path }) => path).join(', ')}`);
      });
    }
    await step.verify?.(context, task);
  } catch (error) {
    throw new Unfinished(made, error);
  }
  return made;
}

/** What was planned, and what a later look planned beyond that. */
function withoutRepeats(made: Change[], planned: Change[]): Change[] {
  const known = new Set(made.map(({ action, resource }) => `${action} ${resource}`));
  return [...made, ...planned.filter(({ action, resource }) => !known.has(`${action} ${resource}`))];
}

import PQueue from 'p-queue';
import type { Change } from './change.ts';
import { type Failure, StepError } from './errors.ts';
import type { Report, StepOutcome } from './events.ts';
import { orderSteps, type Selection } from './graph.ts';
import { maskSecrets } from './render.ts';
import type { Mode, Step, Task } from './step.ts';
import { notYet, waitFor } from './wait.ts';

export interface Run<Context> extends Selection {
  steps: readonly Step<Context>[];
  context: Context;
  mode: Mode;
  signal: AbortSignal;
  report: Report;
  /** Drops what the context remembers of the servers: called after every write and before each new look. */
  forget?: (context: Context) => void;
  /** How many steps may run at once. */
  concurrency?: number;
  /** Seconds until a change that was written must show when read again; WSO2's own suite allows 180. */
  settleSeconds?: number;
}

export interface Outcome {
  changes: (Change & { step: string })[];
  failures: Failure[];
  /** True when the run was aborted before every step had had its turn. */
  incomplete: boolean;
}

type State = 'done' | 'failed' | 'skipped';

/** Runs every selected step after the ones that it needs, independent ones at once. A failure stops only its dependants. */
export async function runSteps<Context>(run: Run<Context>): Promise<Outcome> {
  const { mode, signal, report } = run;
  const ordered = orderSteps(run.steps, run);
  const queue = new PQueue({ concurrency: run.concurrency ?? 4 });
  const changes = new Map<string, Change[]>();
  const states = new Map<string, Promise<State>>();
  const failures: Failure[] = [];
  let incomplete = false;

  async function turn(step: Step<Context>): Promise<State> {
    const about = { step: step.name, title: step.title };
    for (const need of step.needs) {
      const state = await states.get(need);
      if (state === 'done') continue;
      report({
        ...about,
        event: 'skipped',
        because: `it needs ${need}, which ${state === 'failed' ? 'failed' : 'did not run'}`,
      });
      return 'skipped';
    }
    if (mode === 'plan' && step.watches === 'when applying') return 'done';
    return queue.add(async () => {
      if (signal.aborted) {
        incomplete = true;
        report({ ...about, event: 'skipped', because: 'the run was stopped' });
        return 'skipped';
      }
      const began = performance.now();
      const seconds = () => Math.round(performance.now() - began) / 1000;
      report({ ...about, event: 'started' });
      try {
        const made = await converge(step, { ...run, changes });
        const outcome = outcomeOf(step, made, mode);
        report({ ...about, event: 'finished', outcome, changes: maskSecrets(made), seconds: seconds() });
        return 'done';
      } catch (error) {
        if (signal.aborted) incomplete = true;
        else failures.push({ ...about, error: error instanceof Error ? error : new StepError(String(error)) });
        const message = error instanceof Error ? error.message : String(error);
        report({ ...about, event: 'failed', message, seconds: seconds() });
        return 'failed';
      }
    });
  }

  for (const step of ordered) states.set(step.name, turn(step));
  await Promise.all(states.values());
  return {
    changes: ordered.flatMap(({ name }) =>
      maskSecrets(changes.get(name) ?? []).map((change) => ({ step: name, ...change })),
    ),
    failures,
    incomplete,
  };
}

function outcomeOf<Context>({ watches }: Step<Context>, made: Change[], mode: Mode): StepOutcome {
  if (watches) return 'verified';
  if (made.length === 0) return 'unchanged';
  return mode === 'plan' ? 'planned' : 'changed';
}

/** Read, plan, apply, read again until nothing is left to change, verify. */
async function converge<Context>(
  step: Step<Context>,
  run: Run<Context> & { changes: Map<string, Change[]> },
): Promise<Change[]> {
  const { context, mode, signal, report, changes, settleSeconds = 180 } = run;
  const task: Task = {
    mode,
    signal,
    changed: (name) => (changes.get(name)?.length ?? 0) > 0,
    waiting: (condition) => report({ event: 'waiting', step: step.name, title: step.title, for: condition }),
    checkpoint: () => signal.throwIfAborted(),
  };
  const readAndPlan = async () => {
    const seen = await step.read(context, task);
    return { seen, planned: await step.plan(seen, context, task) };
  };

  const { seen, planned } = await readAndPlan();
  if (planned.length > 0) task.checkpoint();
  // Recorded before the first write: a step that is cut off between two writes has changed something.
  changes.set(step.name, planned);
  if (mode === 'plan') return planned;
  if (planned.length > 0) {
    await step.apply(seen, context, task);
    await waitFor(task, { for: 'the change to show', seconds: settleSeconds }, async () => {
      run.forget?.(context);
      const left = (await readAndPlan()).planned;
      return (
        left.length === 0 ||
        notYet(`${left[0]?.resource} still differs in ${left[0]?.fields.map((f) => f.path).join(', ')}`)
      );
    });
  }
  await step.verify?.(context, task);
  return planned;
}

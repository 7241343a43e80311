import PQueue from 'p-queue';
import type { Change } from './change.ts';
import { converge } from './converge.ts';
import { type Failure, StepError, TimedOut } from './errors.ts';
import type { Report, StepOutcome } from './events.ts';
import { orderSteps, type Selection } from './graph.ts';
import { lookAhead } from './look-ahead.ts';
import { maskEvent, maskSecrets } from './mask.ts';
import type { Mode, Step, Task } from './step.ts';

export interface Run<Context> extends Selection {
  steps: readonly Step<Context>[];
  context: Context;
  mode: Mode;
  signal: AbortSignal;
  report: Report;
  /** Drops what the context remembers of the servers: before a look that waits for a change. A write does that by itself. */
  forget?: (context: Context) => void;
  /** Whether an error leaves open if a write took effect; then its step looks again. */
  mayHaveHappened?: (error: unknown) => boolean;
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

/**
 * Runs every selected step after the ones that it needs, independent ones at once. A failure stops only its dependants.
 * All of them read at once when the run begins, and what comes after a step once more when that has written.
 */
export async function runSteps<Context>(run: Run<Context>): Promise<Outcome> {
  const { context, mode, signal, forget, mayHaveHappened, settleSeconds = 180 } = run;
  const report: Report = (event) => run.report(maskEvent(event));
  const ordered = orderSteps(run.steps, run);
  const queue = new PQueue({ concurrency: run.concurrency ?? 4 });
  const changes = new Map<string, Change[]>();
  const states = new Map<string, Promise<State>>();
  const waiting = new Set(ordered);
  const failures: Failure[] = [];
  const tidying: Promise<void>[] = [];
  let incomplete = false;

  const lookAheadOf = (steps: Iterable<Step<Context>>) => lookAhead([...steps], context, mode, signal);

  async function turn(step: Step<Context>): Promise<State> {
    const about = { step: step.name, title: step.title };
    for (const need of step.needs) {
      const state = await states.get(need);
      if (state === 'done') continue;
      const because = `it needs ${need}, which ${state === 'failed' ? 'failed' : 'did not run'}`;
      report({ ...about, event: 'skipped', because });
      return 'skipped';
    }
    if (mode === 'plan' && step.watches === 'when applying') return 'done';
    return queue.add(async () => {
      waiting.delete(step);
      if (signal.aborted) {
        incomplete = true;
        report({ ...about, event: 'skipped', because: 'the run was stopped' });
        return 'skipped';
      }
      const began = performance.now();
      const seconds = () => Math.round(performance.now() - began) / 1000;
      report({ ...about, event: 'started' });
      try {
        const made = await converge(step, {
          context,
          mode,
          task: taskOf(step),
          report,
          settleSeconds,
          mayHaveHappened,
          planned: (planned) => changes.set(step.name, planned),
          applied: () => lookAheadOf([step, ...waiting]),
        });
        const outcome = outcomeOf(step, made, mode);
        report({ ...about, event: 'finished', outcome, changes: maskSecrets(made), seconds: seconds() });
        if (mode === 'apply' && step.tidies?.(taskOf(step))) tidying.push(tidy(step, seconds));
        return 'done';
      } catch (error) {
        fail(about, error, seconds());
        return 'failed';
      }
    });
  }

  async function tidy(step: Step<Context>, seconds: () => number): Promise<void> {
    const { verify: _, ...looking } = step;
    const task = taskOf(step);
    const nothing = () => {};
    try {
      await converge(looking, {
        context,
        mode,
        task,
        report,
        settleSeconds,
        mayHaveHappened,
        planned: nothing,
        applied: nothing,
      });
    } catch (error) {
      fail({ step: step.name, title: step.title }, error, seconds());
    }
  }

  function fail(about: { step: string; title: string }, error: unknown, seconds: number): void {
    if (signal.aborted) incomplete = true;
    // Once the run is stopped, an error of a step is not its own failure; a condition that it was waiting for is.
    if (!signal.aborted || (error instanceof TimedOut && error !== signal.reason))
      failures.push({ ...about, error: error instanceof Error ? error : new StepError(String(error)) });
    const message = error instanceof Error ? error.message : String(error);
    report({ ...about, event: 'failed', message, seconds });
  }

  function taskOf({ name, title }: Step<Context>): Task {
    const about = { step: name, title };
    return {
      mode,
      signal,
      changed: (other) => (changes.get(other)?.length ?? 0) > 0,
      waiting: (condition) => report({ ...about, event: 'waiting', for: condition }),
      waited: (condition, seconds) => report({ ...about, event: 'waited', for: condition, seconds }),
      remark: (text) => report({ ...about, event: 'remarked', text }),
      checkpoint: () => signal.throwIfAborted(),
      forget: () => forget?.(context),
    };
  }

  lookAheadOf(ordered);
  for (const step of ordered) states.set(step.name, turn(step));
  await Promise.all(states.values());
  await Promise.all(tidying);
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

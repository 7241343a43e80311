import type { Change } from './change.ts';

export type Mode = 'plan' | 'apply';

/** What the engine lends to a step while it runs. */
export interface Task {
  readonly mode: Mode;
  /** Aborted when the run is interrupted or out of time. Handed to waits, never to a write: a write is finished or not begun. */
  readonly signal: AbortSignal;
  /** Whether that step changed something in this run, or, in a plan, would. */
  changed(step: string): boolean;
  /** Reports what the step is waiting for. */
  waiting(condition: string): void;
  /** Reports that the condition is met, after so many seconds. */
  waited?(condition: string, seconds: number): void;
  /** Reports information that is not a failure. */
  remark?(text: string): void;
  /** Drops what is remembered of the servers, so that the next look is one. */
  forget?(): void;
  /** To be called between two writes of one step: stops there when the run was interrupted. */
  checkpoint(): void;
}

/**
 * One resource and how to bring it to what is declared.
 *
 * `read` looks, `plan` compares what it saw with what is declared, `apply` writes. After a write the engine reads and
 * plans again until nothing is left to change, because a 200 is not the state; `verify` adds what only other eyes can see
 * (that the gateway serves it, that the portal shows it) and runs when nothing was changed, too: the run before this one
 * may have been cut off between the two.
 *
 * Members are methods, not function properties, so that steps with different `Seen` fit into one list: `plan` and
 * `apply` get nothing but what the same step's `read` returned.
 */
export interface Step<Context, Seen = unknown> {
  readonly name: string;
  readonly title: string;
  readonly needs: readonly string[];
  /** Of a step that only looks: whether it does so in a plan, too. */
  readonly watches?: 'always' | 'when applying';
  read(context: Context, task: Task): Promise<Seen>;
  /** Asks ahead what `verify` will ask first. Like `read` it may be called at any time and writes nothing. */
  foresee?(context: Context): Promise<unknown>;
  plan(seen: Seen, context: Context, task: Task): Change[] | Promise<Change[]>;
  apply(seen: Seen, context: Context, task: Task): Promise<void>;
  verify?(context: Context, task: Task): Promise<void>;
  /**
   * Whether `verify` has left something behind that `plan` takes away. The engine then goes through the step once more, without `verify`, at
   * the same time as the steps that need it; the run ends after both.
   */
  tidies?(task: Task): boolean;
  /** What of the declaration this step brings about: when it is as last applied, a difference is the server's doing. */
  declares?(context: Context): unknown;
}

/** A step that only looks: `look` in a plan as well, `verify` only after the steps before it were applied. */
export function watch<Context>(watched: {
  name: string;
  title: string;
  needs: readonly string[];
  look?(context: Context, task: Task): Promise<void>;
  foresee?(context: Context): Promise<unknown>;
  verify?(context: Context, task: Task): Promise<void>;
}): Step<Context, void> {
  const { name, title, needs, look, foresee, verify } = watched;
  return {
    name,
    title,
    needs,
    watches: look ? 'always' : 'when applying',
    read: async (context, task) => look?.(context, task),
    plan: () => [],
    apply: async () => {},
    ...(foresee ? { foresee } : {}),
    ...(verify ? { verify } : {}),
  };
}

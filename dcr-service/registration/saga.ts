/**
 * One step of a change over several servers. `undo` puts back whatever `run` may have done, also when it failed
 * half-way or never began.
 */
export interface SagaStep {
  readonly name: string;
  run(): Promise<void>;
  undo(): Promise<void>;
}

export type SagaOutcome =
  | { readonly done: true }
  | {
      readonly done: false;
      readonly failedAt: string;
      readonly error: unknown;
      /** The steps that could not be undone, with their errors; empty: all is as before. */
      readonly leftBehind: readonly { readonly step: string; readonly error: unknown }[];
    };

/** Runs the steps in order; when one fails, undoes it and those before it, last first. Never rejects. */
export async function runSaga(steps: readonly SagaStep[]): Promise<SagaOutcome> {
  const begun: SagaStep[] = [];
  for (const step of steps) {
    begun.unshift(step);
    try {
      await step.run();
    } catch (error) {
      const leftBehind: { step: string; error: unknown }[] = [];
      for (const { name, undo } of begun) {
        try {
          await undo();
        } catch (undoError) {
          leftBehind.push({ step: name, error: undoError });
        }
      }
      return { done: false, failedAt: step.name, error, leftBehind };
    }
  }
  return { done: true };
}

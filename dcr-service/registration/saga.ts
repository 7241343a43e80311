import { StoreUnavailable } from '../store/registration-store.ts';
import { until } from './deadline.ts';

/** One step of a change over several servers; each may be repeated. */
export interface SagaStep {
  readonly name: string;
  run(): Promise<void>;
}

export interface SagaFailure {
  readonly done: false;
  readonly failedAt: string;
  /** Whether anything was done before the step that failed. */
  readonly first: boolean;
  readonly error: unknown;
}

export type SagaOutcome = { readonly done: true } | SagaFailure;

/** Runs the steps in order, up to the first that fails; each keeps to the deadline by itself. Never rejects. */
export async function runSaga(steps: readonly SagaStep[]): Promise<SagaOutcome> {
  for (const [index, step] of steps.entries()) {
    try {
      await step.run();
    } catch (error) {
      return { done: false, failedAt: step.name, first: index === 0, error };
    }
  }
  return { done: true };
}

/**
 * The last step: the registration as the store has it. Once more when the store's answer was lost, since a commit may
 * be repeated, and then says what became of it.
 */
export function commitStep(commit: () => Promise<void>, deadline: AbortSignal): SagaStep {
  const onceMore = async () => {
    try {
      await commit();
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      await commit();
    }
  };
  return { name: 'store the registration', run: () => until(deadline, onceMore) };
}

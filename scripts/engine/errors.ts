import { maskText } from './mask.ts';
import type { Summary } from './summary.ts';

/** The command was called, or configured, in a way that cannot work. */
export class InvocationError extends Error {
  override readonly name = 'InvocationError';
}

/** A failure of a step, worded for the person who has to fix it. */
export class StepError extends Error {
  override readonly name = 'StepError';
}

/** A condition did not come true in its time, or the whole run did not. */
export class TimedOut extends Error {
  override readonly name = 'TimedOut';
}

export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** `--expect-no-changes`, and there are some; or an audit, and something is open. */
export class ChangesFound extends Error {
  override readonly name = 'ChangesFound';
}

/** What is about to be done is not to be done unasked: `--adopt` or `--yes` says that it is meant. */
export class ConsentNeeded extends Error {
  override readonly name = 'ConsentNeeded';
}

export interface Failure {
  step: string;
  title: string;
  error: Error;
}

/** A run that did not get to its end. `cause` is what decided that: the interruption, or the error of the step that failed first. */
export class RunFailed extends Error {
  override readonly name = 'RunFailed';
  readonly failures: readonly Failure[];
  readonly summary: Summary;

  constructor(failures: readonly Failure[], summary: Summary, stopped?: Error) {
    const told = failures.map(({ title, error }) => `${title}: ${maskText(error.message)}`);
    super([...(stopped ? [stopped.message] : []), ...told].join('\n'), { cause: stopped ?? failures[0]?.error });
    this.failures = failures;
    this.summary = summary;
  }
}

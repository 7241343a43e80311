import type { Change } from './change.ts';

interface About {
  step: string;
  title: string;
}

/** `planned`: would change. `verified`: of a step that only looks, and saw what it hoped for. */
export type StepOutcome = 'unchanged' | 'planned' | 'changed' | 'verified';

/** What a run reports while it is in progress. */
export type StepEvent =
  | (About & { event: 'started' })
  | (About & { event: 'waiting'; for: string })
  | (About & { event: 'waited'; for: string; seconds: number })
  | (About & { event: 'remarked'; text: string })
  | (About & { event: 'retrying'; because: string })
  | (About & { event: 'finished'; outcome: StepOutcome; changes: Change[]; seconds: number })
  | (About & { event: 'failed'; message: string; seconds: number })
  | (About & { event: 'skipped'; because: string });

export type Report = (event: StepEvent) => void;

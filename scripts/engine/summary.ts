import type { Change } from './change.ts';
import type { Report } from './events.ts';

/** The `--json` document of a run. */
export interface Summary {
  changes: (Change & { step: string })[];
  reads: number;
  writes: number;
  /** The longest chain of calls of which each began after the one before it was answered: what latency multiplies. */
  roundTrips: number;
  /** How often a call, or a step after a lost answer, was tried again. */
  retries: number;
  /** What the servers took their time for, with seconds. */
  waited: Wait[];
  /** Of a removal: what has a declared name and is not ours, so that it stays. */
  left?: string[];
  seconds: number;
}

export interface Wait {
  step: string;
  for: string;
  seconds: number;
}

/** One call to a server, as the clients report it when it is over. */
export interface FinishedCall {
  kind: 'read' | 'write';
  /** Milliseconds that it took. */
  ms: number;
}

export interface CallCounter {
  count(call: FinishedCall): void;
  totals(): Pick<Summary, 'reads' | 'writes' | 'roundTrips'>;
}

export function countCalls(now: () => number = () => performance.now()): CallCounter {
  const counted = { reads: 0, writes: 0, roundTrips: 0 };
  // Calls are reported in the order in which they end, so the greedy choice (take each that began after the last taken
  // one had ended) finds the longest chain.
  let chainEnd = Number.NEGATIVE_INFINITY;
  return {
    count({ kind, ms }) {
      const end = now();
      counted[kind === 'read' ? 'reads' : 'writes'] += 1;
      if (end - ms >= chainEnd) {
        counted.roundTrips += 1;
        chainEnd = end;
      }
    },
    totals: () => ({ ...counted }),
  };
}

export interface Tally {
  /** The report, which is counted as it goes by. */
  report: Report;
  totals(): Pick<Summary, 'retries' | 'waited'>;
}

/** Counts, for the summary, what a report mentions only while it happens. */
export function tally(report: Report): Tally {
  const waited: Wait[] = [];
  let retries = 0;
  return {
    report(event) {
      if (event.event === 'retrying') retries += 1;
      if (event.event === 'waited') waited.push({ step: event.step, for: event.for, seconds: event.seconds });
      report(event);
    },
    totals: () => ({ retries, waited: [...waited] }),
  };
}

/** What a run took, for a person: calls, what was tried again, and what the servers were waited for. */
export function tellCost({ reads, writes, roundTrips, retries, waited, seconds }: Omit<Summary, 'changes'>): string {
  const again = retries > 0 ? `, ${retries} ${retries === 1 ? 'retry' : 'retries'}` : '';
  const calls = `${reads} reads, ${writes} writes, ${roundTrips} round trips one after another${again}`;
  const waits = waited.map((wait) => `  waited ${wait.seconds.toFixed(1)} s for ${wait.for}`);
  return [`${calls} in ${seconds.toFixed(1)} s`, ...waits].join('\n');
}

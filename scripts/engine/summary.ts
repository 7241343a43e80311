import type { Change } from './change.ts';

/** The `--json` document of a run. */
export interface Summary {
  changes: (Change & { step: string })[];
  reads: number;
  writes: number;
  /** The longest chain of calls of which each began after the one before it was answered: what latency multiplies. */
  roundTrips: number;
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

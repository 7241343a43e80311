/** Time as a server sees it: what the hour is, and what happens later. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Runs `event` once, `milliseconds` from now; what is returned calls it off. */
  after(milliseconds: number, event: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(milliseconds, event) {
    const timer = setTimeout(event, milliseconds);
    return () => clearTimeout(timer);
  },
};

export interface VirtualClock extends Clock {
  /** Lets time pass at once; events come in the order of their hour, those they bring about included. */
  advance(milliseconds: number): void;
}

/** A clock that stands still until it is moved, so that a test turns a delay up to minutes and waits for none of them. */
export function virtualClock(start = Date.now()): VirtualClock {
  let now = start;
  const due = new Set<{ at: number; event: () => void }>();
  const earliest = () =>
    [...due].reduce((first, entry) => (first && first.at <= entry.at ? first : entry), due.values().next().value);
  return {
    now: () => now,
    after(milliseconds, event) {
      const entry = { at: now + milliseconds, event };
      due.add(entry);
      return () => due.delete(entry);
    },
    advance(milliseconds) {
      const until = now + milliseconds;
      for (let next = earliest(); next !== undefined && next.at <= until; next = earliest()) {
        due.delete(next);
        now = next.at;
        next.event();
      }
      now = until;
    },
  };
}

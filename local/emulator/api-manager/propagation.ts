import type { Clock } from '../clock.ts';

/** What happens inside the server some time after an answer: an event reaches another component. */
export interface Propagation {
  after(milliseconds: number, event: () => void): void;
  /** Forgets what has not happened yet, as a server does that stops; the database is read again at the next start. */
  stop(): void;
}

export function startPropagation(clock: Clock): Propagation {
  const pending = new Set<() => void>();
  return {
    after(milliseconds, event) {
      const callOff = clock.after(milliseconds, () => {
        pending.delete(callOff);
        event();
      });
      pending.add(callOff);
    },
    stop() {
      for (const callOff of pending) callOff();
      pending.clear();
    },
  };
}

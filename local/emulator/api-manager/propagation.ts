/** What happens inside the server some time after an answer: an event reaches another component. */
export interface Propagation {
  after(milliseconds: number, event: () => void): void;
  /** Forgets what has not happened yet, as a server does that stops; the database is read again at the next start. */
  stop(): void;
}

export function startPropagation(): Propagation {
  const pending = new Set<NodeJS.Timeout>();
  return {
    after(milliseconds, event) {
      const timer = setTimeout(() => {
        pending.delete(timer);
        event();
      }, milliseconds);
      pending.add(timer);
    },
    stop() {
      for (const timer of pending) clearTimeout(timer);
      pending.clear();
    },
  };
}

/** Work that is done again and again until it is stopped. */
export interface Rounds {
  /** Begins no more, and waits for a round that is under way. */
  stop(): Promise<void>;
}

/**
 * Does a round at once, and the next so many milliseconds after the end of each.
 *
 * @param round never rejects.
 */
export function inRounds(round: () => Promise<void>, pauseMs: () => number): Rounds {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let current: Promise<void>;
  const run = () => {
    current = round().finally(() => {
      if (!stopped) timer = setTimeout(run, pauseMs());
    });
  };
  run();
  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await current;
    },
  };
}

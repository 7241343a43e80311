/** One finished phase of the quick start. */
export interface Phase {
  name: string;
  /** Wall-clock seconds. */
  seconds: number;
}

/** Runs phases one after another and reports each. */
export interface Phases {
  run<T>(name: string, work: () => Promise<T>): Promise<T>;
  finished(): Phase[];
}

/**
 * @param say writes one line for the person who watches.
 * @param signal once aborted, no further phase begins.
 */
export function phases(say: (line: string) => void, signal: AbortSignal): Phases {
  const finished: Phase[] = [];
  return {
    async run(name, work) {
      signal.throwIfAborted();
      const start = performance.now();
      try {
        const result = await work();
        const seconds = (performance.now() - start) / 1000;
        finished.push({ name, seconds: Math.round(seconds * 1000) / 1000 });
        say(`✔ ${name.padEnd(48)} ${seconds.toFixed(1).padStart(5)} s`);
        return result;
      } catch (error) {
        say(`✘ ${name}`);
        throw error;
      }
    },
    finished: () => [...finished],
  };
}

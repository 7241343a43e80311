import type { DatabaseSync } from 'node:sqlite';

interface Waiting {
  readonly work: () => unknown;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Turns of the event loop for which a group may grow: far less than one commit takes. */
const longestTurns = 4;

/**
 * Transactions that are wanted at the same time, made durable together.
 *
 * A commit waits for the disk, and node:sqlite holds up the whole process while it does: so everything that comes while
 * more comes with every turn of the event loop shares one. Where one piece of work fails, each has a transaction of its own.
 *
 * node:sqlite is synchronous, so a transaction runs without another of this process coming between; IMMEDIATE keeps
 * other processes out from the start. What is read inside is therefore still so when it is acted upon.
 */
export function groupCommit(database: DatabaseSync) {
  let waiting: Waiting[] = [];

  /** @throws what `works` throws, or why nothing could be begun or committed */
  function inTransaction(works: () => unknown[]): unknown[] {
    database.exec('BEGIN IMMEDIATE');
    try {
      const results = works();
      database.exec('COMMIT');
      return results;
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
  }

  function settle(group: readonly Waiting[]): void {
    let workFailed = false;
    try {
      const results = inTransaction(() => {
        workFailed = true;
        const done = group.map(({ work }) => work());
        workFailed = false;
        return done;
      });
      for (const [index, { resolve }] of group.entries()) resolve(results[index]);
    } catch (error) {
      if (workFailed && group.length > 1) for (const one of group) settle([one]);
      else for (const { reject } of group) reject(error);
    }
  }

  function flush(): void {
    if (waiting.length === 0) return;
    const group = waiting;
    waiting = [];
    settle(group);
  }

  function flushOnceGathered(before: number, turn: number): void {
    if (waiting.length > before && turn < longestTurns) setImmediate(flushOnceGathered, waiting.length, turn + 1);
    else flush();
  }

  return {
    /**
     * Runs `work` in a transaction. The promise resolves only when the result is on disk. `work` may run twice, the first time without
     * effect, so it must touch nothing but the database.
     */
    run: <T>(work: () => T) =>
      new Promise<T>((resolve, reject) => {
        if (waiting.length === 0) setImmediate(flushOnceGathered, 0, 1);
        waiting.push({ work, resolve: resolve as Waiting['resolve'], reject });
      }),
    /** Does what is waiting now. */
    flush,
  };
}

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { lock } from 'proper-lockfile';
import { type HeldLock, holderName, lockLost } from './held-lock.ts';

const staleMs = 15_000;
const updateMs = 5_000;

/**
 * Takes the lock of a directory, `<directory>.lock`, and leaves the holder's name in the directory; or returns undefined if another run
 * holds the lock.
 *
 * @param lost called once if another run took the lock, which it may when this one did not renew it for 15 s.
 */
export async function tryLockFile(directory: string, lost: (reason: Error) => void): Promise<HeldLock | undefined> {
  const place = `${directory}.lock`;
  const holderFile = join(directory, 'lock-holder');
  const holder = holderName();
  const unlocked = new AbortController();
  let reason: Error | undefined;

  function end(): Error {
    if (reason) return reason;
    const current = contentOf(holderFile);
    reason = lockLost(place, current === holder ? undefined : current);
    lost(reason);
    return reason;
  }

  let unlock: () => Promise<void>;
  try {
    unlock = await lock(directory, {
      stale: staleMs,
      update: updateMs,
      onCompromised() {
        unlocked.abort();
        end();
      },
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ELOCKED') return undefined;
    throw error;
  }
  writeFileSync(holderFile, holder, { mode: 0o600 });

  return {
    async confirm() {
      if (reason || contentOf(holderFile) !== holder) throw end();
    },
    async release() {
      if (contentOf(holderFile) === holder && !unlocked.signal.aborted) {
        rmSync(holderFile);
        return unlock();
      }
      // The library removes what it believes to hold, at the process's end as well: it has to notice that the lock is another's.
      await delay(updateMs + 1_000, undefined, { signal: unlocked.signal }).catch(() => {});
    },
  };
}

function contentOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

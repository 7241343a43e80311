import { createHmac, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HeldLock } from './held-lock.ts';
import { tryLockFile } from './lock-file.ts';

/**
 * What provisioning must remember between runs and cannot read from a server: the lock of the current run, and which secrets were last
 * applied (they read back masked). It holds keyed hashes, never a secret.
 */
export interface Ledger {
  /**
   * Takes the lock of this environment, or returns undefined if another run holds it.
   *
   * @param lost called when the lock is lost: the run must stop.
   */
  tryLock(lost: (reason: Error) => void): Promise<HeldLock | undefined>;
  /** Whether this value was the last one applied under this name. */
  wasApplied(name: string, secret: string): Promise<boolean>;
  remember(name: string, secret: string): Promise<void>;
  /** Where the lock is, for messages. */
  readonly place: string;
}

/** The stored hash of a secret: enough to recognise the secret, but only with the key. */
export function keyedHash(key: Buffer, name: string, secret: string): string {
  return createHmac('sha256', key).update(`${name}\0${secret}`).digest('base64url');
}

/**
 * A ledger in files: the directory is readable by its owner alone, the key of the hashes is made once.
 * Nothing is created before something is remembered or locked, so that a plan leaves no trace.
 *
 * @param directory one per environment.
 */
export function openFileLedger(directory: string): Ledger {
  const hashesFile = join(directory, 'applied-secrets.json');
  const keyFile = join(directory, 'hash-key');

  function make() {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    chmodSync(directory, 0o700);
  }

  function hashes(): Record<string, string> {
    return existsSync(hashesFile) ? JSON.parse(readFileSync(hashesFile, 'utf8')) : {};
  }

  const hash = (name: string, secret: string) => keyedHash(readFileSync(keyFile), name, secret);

  return {
    place: `${directory}.lock`,
    async tryLock(lost) {
      make();
      return tryLockFile(directory, lost);
    },
    wasApplied: async (name, secret) => existsSync(keyFile) && hashes()[name] === hash(name, secret),
    async remember(name, secret) {
      make();
      makeKeyOnce(keyFile);
      const temporary = `${hashesFile}.${process.pid}`;
      writeFileSync(temporary, JSON.stringify({ ...hashes(), [name]: hash(name, secret) }, null, 2), { mode: 0o600 });
      renameSync(temporary, hashesFile);
    },
  };
}

/** A link fails where a file is, so of two that make a key at once one wins whole, and both use that one. */
function makeKeyOnce(file: string) {
  if (existsSync(file)) return;
  const mine = `${file}.${randomBytes(6).toString('hex')}`;
  writeFileSync(mine, randomBytes(32), { mode: 0o600 });
  try {
    linkSync(mine, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(mine);
  }
}

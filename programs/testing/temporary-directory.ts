import { mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';

const made: string[] = [];

/** An empty directory for a test. It is gone when the process that runs the test file ends, by Ctrl-C, too. */
export function temporaryDirectory(): string {
  if (made.length === 0) removeAtTheEnd();
  const directory = mkdtempSync(join(tmpdir(), 'cdr-test-'));
  made.push(directory);
  return directory;
}

/** Not `after` of node:test: whose end that waits for depends on where it is called, which is not for a helper to know. */
function removeAtTheEnd(): void {
  process.once('exit', () => {
    for (const directory of made) rmSync(directory, { recursive: true, force: true });
  });
  // By itself Node ends at these without that event.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => process.exit(128 + constants.signals[signal]));
  }
}

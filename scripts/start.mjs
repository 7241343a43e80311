// Starts Node on an entry point of this project or on its tests, and ends as that ends. Plain JavaScript, as run.mjs is.
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmdirSync } from 'node:fs';
import { availableParallelism, constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const compileCache = fileURLToPath(new URL('../node_modules/.cache/node', import.meta.url));

/** @param patienceMs how long processes may need, when the tests have ended, to clear up what is theirs. */
export function start(node, given, patienceMs = 5_000) {
  const tests = given[0] === '--test';
  // Node's test runner leaves one core idle by itself, which is half of a small machine; and tests wait a good deal.
  const args = tests ? ['--test', `--test-concurrency=${availableParallelism() + 1}`, ...given.slice(1)] : given;
  const directory = tests ? directoryOfTests() : undefined;
  // node:sqlite is a release candidate and says so at every start.
  const child = spawn(node, ['--disable-warning=ExperimentalWarning', ...args], {
    stdio: 'inherit',
    // Types are stripped and modules compiled once, not in each of the many processes.
    env: { NODE_COMPILE_CACHE: compileCache, ...process.env, ...(directory && { TMPDIR: directory }) },
  });
  // Ctrl-C reaches the whole process group by itself; this process only has to outlive the child.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('exit', async (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
    if (directory && !(await endsEmpty(directory, patienceMs))) process.exitCode = process.exitCode || 1;
  });
}

/** A temporary directory of the tests' own, which shows whether they leave anything. Its path is short: there are sockets in it. */
function directoryOfTests() {
  const directory = mkdtempSync(join(tmpdir(), 'cdr-'));
  // Open to all as the system's is: some tests start processes of other users.
  chmodSync(directory, 0o1777);
  return directory;
}

/**
 * Removes the directory of the tests if it is empty, and lists its contents otherwise. These stay: they show which test left them, and
 * after an interrupted test:e2e a cluster may still run in it, with file systems mounted.
 */
async function endsEmpty(directory, patienceMs) {
  const giveUpAt = Date.now() + patienceMs;
  let left = readdirSync(directory);
  // A database server ends and clears up a moment after the test that it was for.
  while (left.length > 0 && Date.now() < giveUpAt) {
    await setTimeout(50);
    left = readdirSync(directory);
  }
  if (left.length === 0) {
    rmdirSync(directory);
    return true;
  }
  const named = left.slice(0, 10).join(', ');
  const more = left.length > 10 ? ` and ${left.length - 10} more` : '';
  process.stderr.write(
    `cdr-stack: the tests have left ${named}${more} in ${directory}. A test has to remove what it makes; programs/testing/temporary-directory.ts does that for it.\n`,
  );
  return false;
}

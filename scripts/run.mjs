// Starts a TypeScript entry point of this project on whatever Node the machine has. Plain JavaScript, because this is
// what an old Node reads first: it installs the dependencies when they are missing or older than the lockfile, then
// hands over to a Node that runs TypeScript, the machine's own or the one that npm brought.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { availableParallelism, constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const oldestNode = [22, 18];

function runsTypeScript(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
}

function installed() {
  const lockfile = join(root, 'package-lock.json');
  const installedLockfile = join(root, 'node_modules', '.package-lock.json');
  return existsSync(installedLockfile) && statSync(installedLockfile).mtimeMs >= statSync(lockfile).mtimeMs;
}

function install() {
  process.stderr.write('cdr-stack: installing dependencies (npm ci, about a minute the first time)\n');
  // Talk belongs on stderr: stdout may be a document that somebody parses.
  const npm = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', process.stderr, process.stderr],
    shell: process.platform === 'win32',
  });
  return npm.status === 0;
}

function findNode() {
  const brought = join(root, 'node_modules', '.bin', 'node');
  if (existsSync(brought)) return brought;
  return runsTypeScript(process.versions.node) ? process.execPath : undefined;
}

function fail(message) {
  process.stderr.write(`cdr-stack: ${message}\n`);
  process.exitCode = 2;
}

function start(node, given) {
  // Node's test runner leaves one core idle by itself, which is half of a small machine; and tests wait a good deal.
  const args =
    given[0] === '--test' ? ['--test', `--test-concurrency=${availableParallelism() + 1}`, ...given.slice(1)] : given;
  // node:sqlite is a release candidate and says so at every start.
  const child = spawn(node, ['--disable-warning=ExperimentalWarning', ...args], {
    stdio: 'inherit',
    // Types are stripped and modules compiled once, not in each of the many processes.
    env: { NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'node'), ...process.env },
  });
  // Ctrl-C reaches the whole process group by itself; this process only has to outlive the child.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
  });
}

if (!installed() && !install()) {
  fail('npm ci failed (its output is above); mend that and run the command again.');
} else {
  const node = findNode();
  if (node) start(node, process.argv.slice(2));
  else
    fail(`Node ${process.versions.node} is too old: install Node ${oldestNode.join('.')} or newer and run it again.`);
}

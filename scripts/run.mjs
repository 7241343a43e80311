// Starts a TypeScript entry point of this project on whatever Node the machine has. Plain JavaScript, because this is
// what an old Node reads first: it installs the dependencies when they are missing or older than the lockfile, then
// starts a Node that runs TypeScript, the machine's own or the one that npm installed.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { start } from './start.mjs';

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
  // Messages go to stderr: stdout may be a document that a program parses.
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

const usage = `Usage: node scripts/run.mjs FILE [ARGUMENTS...]
       node scripts/run.mjs --test [FILES...]

npm's scripts, which npm run lists, are started by it. Commands have help of their own: npm run provision -- --help
`;

const given = process.argv.slice(2);
if (given.length === 0 || given[0] === '--help') {
  process.stdout.write(usage);
} else if (!installed() && !install()) {
  fail('npm ci failed (its output is above); mend that and run the command again.');
} else {
  const node = findNode();
  if (node) start(node, given);
  else
    fail(`Node ${process.versions.node} is too old: install Node ${oldestNode.join('.')} or newer and run it again.`);
}

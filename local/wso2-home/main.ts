/** Runs one of WSO2's servers from a writable home, and stops it on a signal: `main.ts --home DIRECTORY --script NAME`. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { readStartLog } from './start-log.ts';

/** Longest times that an end and, by default, a start may take, in seconds: on a crowded machine a start was seen to take five minutes. */
const endSeconds = 60;
const startSeconds = '1200';
const progressSeconds = 10;

const { values } = parseArgs({
  options: {
    home: { type: 'string', default: '' },
    script: { type: 'string', default: '' },
    'start-seconds': { type: 'string', default: startSeconds },
  },
});
const { home, script, 'start-seconds': mostSeconds } = values;

// In this process's group, so that none of the script's own children outlives it.
const server = spawn('sh', [join(home, 'bin', script)], { cwd: home, stdio: ['ignore', 'pipe', 'pipe'] });
const log = readStartLog();
const began = performance.now();
let state = 'starting' as 'starting' | 'started' | 'ending';

// The parent may be gone: then nothing reads this output, and the server must still be stopped.
process.stdout.on('error', () => {});
const tell = (line: string) => process.stdout.write(`${line}\n`);
const event = (name: string, more: Record<string, unknown> = {}) => tell(JSON.stringify({ event: name, ...more }));

for (const input of [server.stdout, server.stderr]) {
  createInterface({ input }).on('line', (line) => {
    tell(line);
    const news = log.take(line);
    if (state !== 'starting') return;
    if (news === 'hopeless') {
      // What it was caused by is in the lines that follow.
      setTimeout(() => giveUp('It cannot start.'), 2000);
    } else if (news === 'started') {
      state = 'started';
      event('ready');
    }
  });
}

let told: string | undefined;
const progress = setInterval(() => {
  const seconds = Math.round((performance.now() - began) / 1000);
  const latest = log.latest() ?? 'nothing said yet';
  // One that is about something for long says so from time to time.
  if (state !== 'starting' || (latest === told && seconds % 60 >= progressSeconds)) return;
  told = latest;
  event('progress', { text: `${seconds} s, ${latest}` });
}, 1000 * progressSeconds);

const overdue = setTimeout(() => giveUp(`It has not started within ${mostSeconds} s.`), 1000 * Number(mostSeconds));

process.on('SIGTERM', end);

// Not "exit": of the script alone. This comes when its output is closed, which the server holds open as long as it lives.
const [code, signal] = await once(server, 'close');
clearInterval(progress);
clearTimeout(overdue);
if (state !== 'ending') {
  process.stderr.write(`${log.reason() ?? `It ended by itself (${signal ?? `exit code ${code}`}).`}\n`);
  process.exitCode = 1;
}

function giveUp(why: string): void {
  if (state !== 'starting') return;
  process.stderr.write(`${why} ${log.reason() ?? log.latest() ?? ''}\n`);
  process.exitCode = 1;
  end();
}

/** The script passes no signal on, so that all of the group get it; this one as well, which by then takes no more notice of it. */
function end(): void {
  if (state === 'ending') return;
  state = 'ending';
  process.kill(0, 'SIGTERM');
  setTimeout(() => process.kill(0, 'SIGKILL'), 1000 * endSeconds).unref();
}

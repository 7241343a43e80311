import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeFuzzPki } from './fuzz-pki.ts';
import { type Failure, fuzz } from './fuzz-run.ts';
import { startTestService } from './service.ts';

const usage = `npm run fuzz -- [--count N] [--seed S] [--from N] [--concurrency N]

Sends N (200000) generated requests to the registration service over its real TLS: good ones, bent ones signed anew, bent
ones not, forged ones, noise. Ends with 1 at the first answer that is a 5xx, that believes what nobody signed, or that is
no proper refusal. The same seed gives the same requests; --from begins with one of them.`;

function wrongly(message: string): never {
  console.error(`${message}\n\n${usage}`);
  process.exit(2);
}

const options = {
  count: { type: 'string', default: '200000' },
  seed: { type: 'string', default: `${randomInt(2 ** 31)}` },
  from: { type: 'string', default: '0' },
  concurrency: { type: 'string', default: '32' },
  help: { type: 'boolean', default: false },
} as const;
const parsed = () => {
  try {
    return parseArgs({ options });
  } catch (error) {
    return wrongly((error as Error).message);
  }
};
const { values } = parsed();
if (values.help) {
  console.log(usage);
  process.exit(0);
}
const wholeNumber = (name: 'count' | 'seed' | 'from' | 'concurrency'): number => {
  if (/^\d{1,10}$/.test(values[name])) return Number(values[name]);
  return wrongly(`--${name} ${values[name]} is not a whole number.`);
};
const [count, seed, from, concurrency] = [
  wholeNumber('count'),
  wholeNumber('seed'),
  wholeNumber('from'),
  wholeNumber('concurrency'),
];

const shortened = (text: string) => (text.length > 4000 ? `${text.slice(0, 4000)}… (${text.length} characters)` : text);

function report({ number, complaint, shot, answer }: Failure): void {
  console.error(`\nRequest ${number} of seed ${seed}: ${complaint}`);
  console.error(shortened(JSON.stringify(shot.call, null, 2)));
  console.error(answer ? `answered ${answer.status}: ${shortened(answer.body)}` : 'not answered');
  console.error(`\nAgain: npm run fuzz -- --seed ${seed} --from ${number} --count 1`);
}

const directory = mkdtempSync(join(tmpdir(), 'dcr-fuzz-'));
try {
  await writeFuzzPki(directory);
  const service = await startTestService(directory, { DCR_LOG_LEVEL: 'silent' });
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  console.log(`seed ${seed}: ${count} requests, ${concurrency} at a time`);
  let told = 0;
  const { isTTY } = process.stderr;
  const onProgress = (sent: number) => {
    if (seconds() - told < (isTTY ? 0.5 : 10)) return;
    told = seconds();
    const line = `${sent} of ${count}, ${Math.round(sent / told)} a second`;
    process.stderr.write(isTTY ? `\r${line} ` : `${line}\n`);
  };
  const { sent, outcomes, failure } = await fuzz(service, { seed, count, from, concurrency, onProgress });
  const took = seconds();
  await service.close();
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  for (const [outcome, times] of [...outcomes].toSorted(([, a], [, b]) => b - a)) {
    console.log(`${String(times).padStart(8)}  ${outcome}`);
  }
  console.log(`${sent} requests in ${took.toFixed(1)} s, ${Math.round(sent / took)} a second`);
  if (failure) {
    report(failure);
    process.exitCode = 1;
  } else {
    console.log('No 5xx, and nothing believed that was not signed.');
  }
} finally {
  rmSync(directory, { recursive: true });
}

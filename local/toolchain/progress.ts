import type { BuildProgress } from './build.ts';

/** One line for a person: what is being built, for how long so far, and how long that usually takes. */
export function progressLine({ tool, elapsedSeconds, phase }: BuildProgress): string {
  const elapsed = duration(elapsedSeconds);
  if (phase === 'built') return `built ${tool.description} in ${elapsed}`;
  if (phase === 'waiting') return `waiting for another build of ${tool.description}, ${elapsed}`;
  return `building ${tool.description}, ${elapsed} (usually ${duration(tool.typicalSeconds)} on 2 idle cores; once)`;
}

/** Shows progress on stderr: on a terminal in place, in a log every half minute. */
export function showProgress(output: NodeJS.WriteStream = process.stderr): (progress: BuildProgress) => void {
  return (progress) => {
    const line = progressLine(progress);
    if (output.isTTY) output.write(`\r\u001b[K${line}${progress.phase === 'built' ? '\n' : ''}`);
    else if (progress.phase === 'built' || progress.elapsedSeconds % 30 === 0) output.write(`${line}\n`);
  };
}

function duration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return minutes === 0 ? `${seconds} s` : `${minutes} min ${String(seconds % 60).padStart(2, '0')} s`;
}

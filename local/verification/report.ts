import type { Probe } from './probe.ts';
import type { Finding } from './recording.ts';
import type { Verdict } from './run.ts';
import { versionsInWords } from './version.ts';

const shown = (finding: Finding | undefined) => (finding === undefined ? '-' : JSON.stringify(finding));

/** One line of progress, as a probe is done. */
export const progressLine = ({ outcome, id, reason }: Verdict): string =>
  `${outcome.padEnd(7)} ${id}${reason === undefined ? '' : `: ${reason}`}`;

/** The table: what we lean on, what it should be, what the server said. */
export function table(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ outcome, fact, source, expected, found, reason }) => [
    outcome,
    `${fact} (${source})`,
    shown(expected),
    outcome === 'holds' ? 'as expected' : (reason ?? shown(found)),
  ]);
  const lines = [['outcome', 'fact', 'expected', 'found'], ...rows];
  return lines.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n');
}

export function summary(verdicts: readonly Verdict[]): string {
  const count = (outcome: Verdict['outcome']) => verdicts.filter((verdict) => verdict.outcome === outcome).length;
  return `${count('holds')} facts hold, ${count('differs')} differ, ${count('failed')} could not be asked, ${count('skipped')} skipped.`;
}

export const listed = (probes: readonly Probe[]): string =>
  probes
    .map(({ id, fact, source, versions = {}, destructive }) => {
      const marks = [versionsInWords(versions), destructive ? 'destructive' : ''];
      const remark = marks.filter((mark) => mark !== '').join(', ');
      return `${id}\n    ${fact} (${source}${remark === '' ? '' : `; ${remark}`})`;
    })
    .join('\n');

import type { Findings, Outcome } from './stage.ts';

/** All that a run found. Without secrets: it may be shown to anybody. */
export interface Report {
  /** ISO 8601, the day alone. */
  date: string;
  /** The servers' own words on their versions. */
  servers: { apiManager: string; identityServer: string };
  machine: { processors: number; memoryGiB: number };
  seconds: number;
  stages: Outcome[];
}

/** Whether every stage passed. */
export const passed = ({ stages }: Report): boolean => stages.every(({ result }) => result === 'passed');

/** The report as a page of Markdown. */
export function page(report: Report): string {
  const { date, servers, machine, seconds, stages } = report;
  const failures = stages.flatMap(({ name, reason }) => (reason === undefined ? [] : [`**${name}**: ${reason}`]));
  return [
    `# ${servers.apiManager} with ${servers.identityServer}, ${date}`,
    '',
    `${machine.processors} processors, ${machine.memoryGiB} GiB of memory; ${Math.round(seconds / 60)} minutes.`,
    '',
    '| stage | result | seconds | found |',
    '| --- | --- | ---: | --- |',
    ...stages.map(
      ({ name, result, seconds: took, findings }) => `| ${name} | ${result} | ${took} | ${said(findings)} |`,
    ),
    '',
    ...stages.map(({ name, shows }) => `- *${name}*: ${shows}`),
    ...(failures.length > 0 ? ['', '## What failed', '', ...failures.map((line) => `- ${line}`)] : []),
    '',
  ].join('\n');
}

function said(findings: Findings): string {
  return Object.entries(findings)
    .filter(([, value]) => !Array.isArray(value))
    .map(([name, value]) => `${name} ${typeof value === 'object' ? said(value as Findings) : value}`)
    .join(', ')
    .replaceAll('|', '\\|');
}

import type { Finding } from './finding.ts';
import type { Audit } from './run.ts';

const severities = ['critical', 'high', 'medium', 'low'] as const;
const standings = ['open', 'cannot tell', 'shut'] as const;
const names = { 'api-manager': 'API Manager', 'identity-server': 'Identity Server', gateway: 'gateway' } as const;

/** By severity, and of each what is open first. */
export function sorted(findings: readonly Finding[]): Finding[] {
  const rank = ({ severity, standing }: Finding) => severities.indexOf(severity) * 3 + standings.indexOf(standing);
  return [...findings].sort((one, other) => rank(one) - rank(other));
}

/** How many questions stand how. */
export function counted(findings: readonly Finding[]): Record<'open' | 'shut' | 'cannotTell', number> {
  const count = (standing: Finding['standing']) => findings.filter((one) => one.standing === standing).length;
  return { open: count('open'), shut: count('shut'), cannotTell: count('cannot tell') };
}

/** The report for people: a block for each severity, a line for each question, and below what is open why and how to shut it. */
export function rendered({ findings, versions, versionsBy }: Audit): string {
  const all = sorted(findings);
  const blocks = severities.flatMap((severity) => {
    const own = all.filter((one) => one.severity === severity);
    return own.length === 0 ? [] : [`${severity}\n${own.map(line).join('')}`];
  });
  const { open, shut, cannotTell } = counted(all);
  const judgedAs = (['api-manager', 'identity-server'] as const)
    .filter((server) =>
      all.some((one) => one.server === server || (one.server === 'gateway' && server === 'api-manager')),
    )
    .map((server) => `${names[server]} ${versions[server]} (${versionsBy[server]})`);
  return `${blocks.join('\n')}\n${open} open, ${cannotTell} cannot tell, ${shut} shut; judged as ${judgedAs.join(', ')}\n`;
}

function line({ server, by, subject, standing, found, consequence, cure }: Finding): string {
  const where = by === 'asking' ? names[server] : `${names[server]}, deployment.toml`;
  const first = `  ${standing.padEnd(11)}  ${where}: ${subject}: ${found}\n`;
  return standing === 'open' ? `${first}${indent}${consequence}\n${indent}cure: ${cure}\n` : first;
}

const indent = ' '.repeat(15);

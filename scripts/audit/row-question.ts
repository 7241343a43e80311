import type { Server } from '../../programs/deployment-toml/required-settings.ts';
import { baseline, baselineOf, oursOf } from '../../programs/hardening/baseline.ts';
import type { BaselineRow, Situation } from '../../programs/hardening/row.ts';
import type { AuditedServer, Finding, Question } from './finding.ts';

const byDefault: Situation = { portOffset: 0, several: false };

/**
 * The question whether a row's door is open, with the row's severity and cure.
 *
 * @throws {Error} when there is no such row.
 */
export function rowQuestion(
  server: AuditedServer,
  key: string,
  asked: { question: string; subject: string },
): Question {
  const product = server === 'identity-server' ? 'identity-server' : 'api-manager';
  const row = baseline.find((one) => one.server === product && one.key === key);
  if (row === undefined) throw new Error(`The hardening baseline has no row ${key} of ${product}.`);
  return { server, ...asked, severity: row.severity, consequence: row.open, cure: cureOf(row), row: key, by: 'asking' };
}

/** The finding for a server of a version: one that does not know the row's key needs another cure. */
export function forVersion(finding: Finding, versions: Readonly<Record<Server, string>>): Finding {
  const product = finding.server === 'identity-server' ? 'identity-server' : 'api-manager';
  const known = [false, true].flatMap((several) => baselineOf(product, versions[product], several));
  if (finding.row === undefined || known.some(({ key }) => key === finding.row)) return finding;
  const { row, ...others } = finding;
  return { ...others, cure: `${versions[product]} knows no key for it: close it by a firewall or a NetworkPolicy` };
}

/** The line of deployment.toml that shuts a row's door. */
export function cureOf(row: BaselineRow, situation = byDefault): string {
  const ours = oursOf(row, situation);
  const line = `${row.key} = ${JSON.stringify(ours)}`;
  return isOwnSecret(row) ? `${line}, a value of your own` : line;
}

/** Whether the row requires a secret value. */
export const isOwnSecret = ({ ours }: BaselineRow): boolean => typeof ours === 'string' && /^\$env\{/.test(ours);

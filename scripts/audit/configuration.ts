import { parse, type TomlTable, type TomlValue } from 'smol-toml';
import { parseDottedKey } from '../../programs/deployment-toml/configuration-judge/dotted-key.ts';
import type { Server } from '../../programs/deployment-toml/required-settings.ts';
import { baselineOf, shutAsShipped, standingOf } from '../../programs/hardening/baseline.ts';
import { isPublished } from '../../programs/hardening/published-values.ts';
import type { BaselineRow, Situation } from '../../programs/hardening/row.ts';
import { InvocationError } from '../engine/errors.ts';
import type { Finding, Verdict } from './finding.ts';
import { cureOf, isOwnSecret } from './row-question.ts';

/**
 * Judges each row of the hardening baseline in a given deployment.toml.
 *
 * @param version of the server: rows that do not apply to it are skipped.
 * @throws {InvocationError} when the text is no TOML.
 */
export function judgeConfiguration(server: Server, version: string, text: string): Finding[] {
  const toml = parsed(server, text);
  const situation = situationOf(toml);
  return baselineOf(server, version, situation.several).map((row) => ({
    server,
    question: row.key,
    subject: row.key,
    severity: row.severity,
    consequence: row.open,
    cure: cureOf(row, situation),
    row: row.key,
    by: 'deployment.toml',
    ...verdictOn(row, toml, situation),
  }));
}

function parsed(server: Server, text: string): TomlTable {
  try {
    return parse(text);
  } catch (error) {
    const [line] = String(error instanceof Error ? error.message : error).split('\n');
    throw new InvocationError(`The configuration of ${server} is not TOML: ${line}`);
  }
}

/** As the file itself shows it: Identity Server in a cluster, API Manager with another one's broker. */
function situationOf(toml: TomlTable): Situation {
  const offset = valueAt(toml, 'server.offset');
  const several = ['clustering.membership_scheme', 'apim.event_hub.event_duplicate_url'].some(
    (key) => valueAt(toml, key) !== undefined,
  );
  return { portOffset: Number(offset ?? 0) || 0, several };
}

function verdictOn(row: BaselineRow, toml: TomlTable, situation: Situation): Verdict {
  const standing = standingOf(row, toml, situation);
  if (standing === 'shut') return { standing, found: 'as recommended' };
  const value = resolved(toml, valueAt(toml, row.key));
  if (standing === 'unsaid' || value === undefined) {
    const shipped =
      row.shipped === undefined
        ? 'without it the product decides'
        : `WSO2 ships ${isOwnSecret(row) ? row.shipped : shown(row.shipped)}`;
    return { standing: shutAsShipped(row, situation) ? 'shut' : 'open', found: `not set; ${shipped}` };
  }
  if (isOwnSecret(row)) return ofSecret(row, value);
  if (isReference(value)) return { standing: 'cannot tell', found: `${shown(value)}: its value is not in the file` };
  return { standing: 'open', found: shown(value) };
}

/** It is never shown: it may be one. */
function ofSecret(row: BaselineRow, value: TomlValue): Verdict {
  if (isReference(value)) return { standing: 'shut', found: 'a value from outside the file' };
  if (value === row.shipped || isPublished(row.key, value))
    return { standing: 'open', found: 'the value that WSO2 ships' };
  return { standing: 'shut', found: 'a value of its own, in clear in the file' };
}

/** What the server takes from its environment, its system properties, or WSO2's secure vault. */
const isReference = (value: TomlValue) => typeof value === 'string' && /\$(env|ref|secret|sys)\{|\$\{/.test(value);

/** What a value that is one `$ref{key}` stands for, as far as the file says. */
function resolved(toml: TomlTable, value: TomlValue | undefined, depth = 0): TomlValue | undefined {
  const [, key] = (typeof value === 'string' && /^\$ref\{([^}]+)\}$/.exec(value)) || [];
  if (key === undefined || depth > 10) return value;
  return resolved(toml, valueAt(toml, key), depth + 1) ?? value;
}

function valueAt(toml: TomlTable, key: string): TomlValue | undefined {
  return parseDottedKey(key).reduce<TomlValue | undefined>(
    (node, name) => (typeof node === 'object' && node !== null ? (node as TomlTable)[name] : undefined),
    toml,
  );
}

function shown(value: TomlValue): string {
  const text = JSON.stringify(value);
  return text.length > 100 ? `${text.slice(0, 100)}...` : text;
}

import { parse, type TomlTable } from 'smol-toml';
import { baselineOf, standingOf } from '../hardening/baseline.ts';
import { type DatabaseTable, embeddedDatabasePassword } from './databases.ts';
import type { Finding } from './finding.ts';
import { requiredSettings, type Server } from './required-settings.ts';
import { isAtLeast } from './stores.ts';

/** What the servers are for. */
export interface LintOptions {
  /** Whether all that they keep may be lost: only then may a database be embedded. */
  throwAway?: boolean;
  /** Whether the server is one of several that work on the same databases. */
  several?: boolean;
}

/** A key with its value; `path` has the numbers of array entries, `pattern` a `*` for each. */
interface Leaf {
  path: string;
  pattern: string;
  value: unknown;
}

/**
 * Checks the text of a `repository/conf/deployment.toml` before a server starts from it, by rules that are not in the products' own data:
 * secrets are references, host names are verified, every setting that a recipient's identity depends on is present, and no row of the
 * hardening baseline is undone. `configuration-judge/` checks the rules in the products' own data.
 *
 * @param version of the server, such as `4.7.0`: some versions do not know some settings.
 */
export function lintDeploymentToml(
  server: Server,
  version: string,
  toml: string,
  { throwAway = true, several = false }: LintOptions = {},
): Finding[] {
  const parsed = parse(toml);
  const leaves = leavesOf(parsed);
  return [
    ...leaves.flatMap((leaf) => secretInClear(leaf, leaves)),
    ...leaves.flatMap(unverifiedHostName),
    ...leaves.flatMap(ignoredByScheme),
    ...(throwAway ? [] : embeddedDatabases(server, leaves)),
    ...missingSettings(server, version, leaves, several),
    ...openDoors(server, version, parsed, several),
  ];
}

function leavesOf(node: unknown, path: readonly string[] = [], pattern: readonly string[] = []): Leaf[] {
  if (typeof node !== 'object' || node === null || node instanceof Date)
    return [{ path: path.join('.'), pattern: pattern.join('.'), value: node }];
  return Object.entries(node).flatMap(([key, value]) =>
    leavesOf(value, [...path, key], [...pattern, Array.isArray(node) ? '*' : key]),
  );
}

/** The products' `$env{}` and `$ref{}`; `$secret{}` names an entry of WSO2's secure vault. */
const reference = /^\$(env|ref|secret)\{[\w.-]+\}$/;

function secretInClear({ path, value }: Leaf, leaves: readonly Leaf[]): Finding[] {
  const secret = /(^|[._])(password|secret|secret_key|hash)$/.test(path) || path === 'encryption.key';
  if (!secret || (typeof value === 'string' && reference.test(value))) return [];
  if (value === embeddedDatabasePassword && isOfEmbeddedDatabase(path, leaves)) return [];
  return [{ key: path, message: 'holds a secret in clear: name an environment variable, $env{NAME}' }];
}

function isOfEmbeddedDatabase(path: string, leaves: readonly Leaf[]): boolean {
  const driver = leaves.find((leaf) => leaf.path === path.replace(/password$/, 'driver'));
  return /^(database|datasource)\./.test(path) && driver?.value === 'org.h2.Driver';
}

function unverifiedHostName({ path, value }: Leaf): Finding[] {
  if (!/hostname_?verifier/i.test(path) || !/allow_?all/i.test(String(value))) return [];
  return [{ key: path, message: 'accepts a certificate of any name: leave it out, the default checks names' }];
}

/** Of the free table of its properties the kernel's membership scheme for Kubernetes reads no more than these. */
const schemeProperties = ['KUBERNETES_NAMESPACE', 'KUBERNETES_SERVICES'];

function ignoredByScheme({ path }: Leaf): Finding[] {
  const [, property] = /^clustering\.properties\.(.+)$/.exec(path) ?? [];
  if (property === undefined || schemeProperties.includes(property)) return [];
  return [{ key: path, message: 'is not read by the membership scheme: leave it out' }];
}

/** H2 loses what it holds with its volume, cannot be shared or backed up while it runs, and WSO2 supports it for no production. */
function embeddedDatabases(server: Server, leaves: readonly Leaf[]): Finding[] {
  return databasesOf[server].flatMap((table) => {
    const type = leaves.find(({ path }) => path === `database.${table}.type`)?.value ?? 'h2';
    if (type !== 'h2') return [];
    const message =
      'is H2, embedded in the server: name a PostgreSQL ("postgre"), H2 is for throw-away environments only';
    return [{ key: `database.${table}.type`, message }];
  });
}

const databasesOf: Record<Server, readonly DatabaseTable[]> = {
  'api-manager': ['apim_db', 'shared_db'],
  'identity-server': ['identity_db', 'shared_db'],
};

function missingSettings(server: Server, version: string, leaves: readonly Leaf[], several: boolean): Finding[] {
  return requiredSettings
    .filter((setting) => setting.server === server && isAtLeast(version, setting.since ?? version))
    .filter((setting) => several || !setting.several)
    .filter(({ key, allows, atLeast = 1, only }) => {
      const there = leaves.filter(({ pattern }) => pattern === key);
      const fitting = there.filter(({ value }) => allows(value));
      return fitting.length < atLeast || (only && fitting.length < there.length);
    })
    .map(({ key, rule, without, harmful }) => {
      const absence = harmful === undefined ? 'without it' : `said outright; with ${JSON.stringify(harmful)}, say,`;
      return { key, message: `${rule}; ${absence} ${without}` };
    });
}

function openDoors(server: Server, version: string, toml: TomlTable, several: boolean): Finding[] {
  const offset = (toml.server as TomlTable | undefined)?.offset;
  const situation = { portOffset: Number(offset ?? 0), several };
  return baselineOf(server, version, several)
    .filter((row) => standingOf(row, toml, situation) !== 'shut')
    .map(({ key, open }) => ({ key, message: `does not have the value of the hardening baseline: ${open}` }));
}

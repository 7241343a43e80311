import type { TomlTable, TomlValue } from 'smol-toml';
import { parseDottedKey } from '../deployment-toml/configuration-judge/dotted-key.ts';
import { merged } from '../deployment-toml/merge.ts';
import type { Server } from '../deployment-toml/required-settings.ts';
import { isAtLeast } from '../deployment-toml/stores.ts';
import { apiManagerBaseline } from './api-manager.ts';
import { identityServerBaseline } from './identity-server.ts';
import { type BaselineRow, isSame, type Situation } from './row.ts';

/** What both servers ship open, and what is set instead. */
export const baseline: readonly BaselineRow[] = [...apiManagerBaseline, ...identityServerBaseline];

/** The rows of a server of this version: those whose key it knows, and which it ships open. */
export function baselineOf(server: Server, version: string, several: boolean): BaselineRow[] {
  return baseline.filter(
    (row) =>
      row.server === server &&
      (row.since === undefined || isAtLeast(version, row.since)) &&
      (row.until === undefined || !isAtLeast(version, row.until)) &&
      (row.only === undefined || (row.only === 'several') === several),
  );
}

/** Tables of deployment.toml with what the rows of a server set. */
export function baselineTables(server: Server, version: string, situation: Situation): TomlTable {
  return baselineOf(server, version, situation.several)
    .map((row) => tableWith(row.key, oursOf(row, situation)))
    .reduce(merged, {});
}

/** What a deployment.toml makes of a row: shut; open; or not said, so that the product's default is in force. */
export function standingOf(row: BaselineRow, toml: TomlTable, situation: Situation): 'shut' | 'open' | 'unsaid' {
  const value = valueAt(toml, row.key);
  if (value === undefined) return 'unsaid';
  return shuts(row, value, situation) ? 'shut' : 'open';
}

/** Whether the product's own default shuts the row's door already. */
export const shutAsShipped = (row: BaselineRow, situation: Situation): boolean => shuts(row, row.shipped, situation);

export const oursOf = ({ ours }: BaselineRow, situation: Situation): TomlValue =>
  typeof ours === 'function' ? ours(situation) : ours;

function shuts(row: BaselineRow, value: TomlValue | undefined, situation: Situation): boolean {
  return row.allows ? row.allows(value) : isSame(value, oursOf(row, situation));
}

function tableWith(key: string, value: TomlValue): TomlTable {
  return parseDottedKey(key).reduceRight<TomlValue>((below, name) => ({ [name]: below }), value) as TomlTable;
}

function valueAt(toml: TomlTable, key: string): TomlValue | undefined {
  return parseDottedKey(key).reduce<TomlValue | undefined>(
    (node, name) => (typeof node === 'object' && node !== null ? (node as TomlTable)[name] : undefined),
    toml,
  );
}

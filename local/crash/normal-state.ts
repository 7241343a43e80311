import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** What servers have stored: one line for each value, in an order that does not depend on when it was made. */
export type NormalState = string[];

/** Sessions: not what provisioning declares, and another in every run. */
const passing = new Set(['refresh-token', 'revoked-token', 'rest-client']);

/** Members that hold an hour or a random value. */
const incidental = /time(stamp)?$|createdAt$|updatedAt$|secret$|password$|(salt|hash)$|client_?id(_issued_at)?$/i;

/** A revision is taken and the API published in whichever order comes: the copy of the state says nothing. */
const inAnyOrder = /^revision \.object\.lifeCycleStatus/;

/** What API Manager adds to a key manager that is updated after it was created; a lost answer leads to an update. */
const addedByUpdate = /^key-manager \.(additionalProperties\.self_validate_jwt|permissions\.permissionType) /;

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** Reads the databases in these directories. Ids are all alike here: two of a thing show as lines that are there twice. */
export function readNormalState(directories: readonly string[]): NormalState {
  return directories
    .flatMap((directory) => globSync(join(directory, '*.{sqlite,db}')))
    .flatMap((file) => linesOf(file))
    .sort();
}

function linesOf(file: string): string[] {
  const server = basename(file).replace(/\..*/, '');
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
    return tables
      .flatMap(({ name }) => database.prepare(`SELECT kind, json FROM ${name}`).all())
      .filter(({ kind }) => !passing.has(String(kind)))
      .flatMap(({ kind, json }) => leaves(String(kind), JSON.parse(String(json))))
      .filter((line) => !inAnyOrder.test(line) && !addedByUpdate.test(line))
      .map((line) => `${server}: ${line.replaceAll(uuid, '<id>')}`);
  } finally {
    database.close();
  }
}

function leaves(path: string, value: unknown): string[] {
  if (incidental.test(path)) return [];
  if (typeof value !== 'object' || value === null) return [`${path} = ${JSON.stringify(value)}`];
  return Object.entries(value).flatMap(([name, member]) =>
    leaves(path.includes(' ') ? `${path}.${name}` : `${path} .${name}`, member),
  );
}

/** In what two states differ, line by line; nothing when they are the same. */
export function differences(found: NormalState, wanted: NormalState): string[] {
  const shorten = (line: string) => (line.length > 300 ? `${line.slice(0, 300)} …` : line);
  return [
    ...surplus(found, wanted).map((line) => `+ ${shorten(line)}`),
    ...surplus(wanted, found).map((line) => `- ${shorten(line)}`),
  ];
}

function surplus(lines: NormalState, others: NormalState): string[] {
  const left = [...others];
  return lines.filter((line) => {
    const index = left.indexOf(line);
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
}

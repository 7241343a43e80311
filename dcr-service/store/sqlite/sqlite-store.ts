import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import type { RegisteredMetadata } from '../../validation/registered-metadata.ts';
import {
  type Change,
  type ChangeRequest,
  type Registration,
  type RegistrationStore,
  StoreUnavailable,
} from '../registration-store.ts';
import { migrate } from './migrations.ts';

const changeKind = z.enum(['creation', 'replacement', 'removal']);
const row = z.object({
  software_id: z.string(),
  client_id: z.string().nullable(),
  client_id_issued_at: z.number().nullable(),
  metadata: z.string().nullable(),
  change: changeKind.nullable(),
  lease_until: z.number(),
});
type Row = z.infer<typeof row>;

function registrationIn({ client_id, client_id_issued_at, metadata }: Row): Registration | undefined {
  if (client_id === null || client_id_issued_at === null || metadata === null) return undefined;
  // Written by this module from the same type, and by nothing else.
  return {
    clientId: client_id,
    clientIdIssuedAt: client_id_issued_at,
    metadata: JSON.parse(metadata) as RegisteredMetadata,
  };
}

/** The async face of a synchronous database. */
async function answering<T>(work: () => T): Promise<T> {
  try {
    return work();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ERR_SQLITE_ERROR' || code === 'ERR_INVALID_STATE')
      throw new StoreUnavailable('SQLite failed', { cause: error });
    throw error;
  }
}

function open(file: string): DatabaseSync {
  mkdirSync(dirname(file), { recursive: true });
  const database = new DatabaseSync(file, { timeout: 2000 });
  // FULL: an answered registration survives the loss of power, not only of the process.
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;');
  migrate(database, file);
  // One process owns the file. Whoever held a lease when it was last open is gone.
  database.exec('UPDATE registration SET lease_until = 0 WHERE change IS NOT NULL');
  return database;
}

/** Opens the embedded database, creating file and schema as needed. `:memory:` keeps nothing. */
export function openSqliteStore(file: string): RegistrationStore {
  const database = open(file);
  const statements = {
    isUsed: database.prepare('SELECT 1 FROM used_jwt WHERE issuer = ? AND jti = ? AND remember_until >= ?'),
    use: database.prepare('INSERT OR REPLACE INTO used_jwt (issuer, jti, remember_until, used_by) VALUES (?, ?, ?, ?)'),
    keepUses: database.prepare('UPDATE used_jwt SET used_by = NULL WHERE used_by = ?'),
    releaseUses: database.prepare('DELETE FROM used_jwt WHERE used_by = ?'),
    prune: database.prepare('DELETE FROM used_jwt WHERE remember_until < ? AND used_by IS NULL'),
    byClient: database.prepare('SELECT * FROM registration WHERE client_id = ?'),
    bySoftware: database.prepare('SELECT * FROM registration WHERE software_id = ?'),
    reserve: database.prepare(
      "INSERT OR IGNORE INTO registration (software_id, change, lease_until) VALUES (?, 'creation', ?)",
    ),
    create: database.prepare(
      "UPDATE registration SET client_id = ?, client_id_issued_at = ?, metadata = ?, change = NULL WHERE software_id = ? AND change = 'creation'",
    ),
    replace: database.prepare(
      "UPDATE registration SET metadata = ?, change = NULL WHERE client_id = ? AND change = 'replacement'",
    ),
    mark: database.prepare(
      'UPDATE registration SET change = ?, lease_until = ? WHERE client_id = ? AND change IS NULL',
    ),
    unmark: database.prepare('UPDATE registration SET change = NULL WHERE software_id = ?'),
    remove: database.prepare('DELETE FROM registration WHERE software_id = ?'),
    handOver: database.prepare('UPDATE registration SET lease_until = 0 WHERE software_id = ? AND change IS NOT NULL'),
    expired: database.prepare('SELECT * FROM registration WHERE change IS NOT NULL AND lease_until <= ?'),
    lease: database.prepare('UPDATE registration SET lease_until = ? WHERE software_id = ?'),
    ping: database.prepare('SELECT count(*) FROM (SELECT 1 FROM registration LIMIT 1)'),
  };

  /**
   * node:sqlite is synchronous, so a transaction runs without another of this process coming between; IMMEDIATE keeps
   * other processes out.
   */
  const transaction = <T>(work: () => T): Promise<T> =>
    answering(() => {
      database.exec('BEGIN IMMEDIATE');
      try {
        const result = work();
        database.exec('COMMIT');
        return result;
      } catch (error) {
        if (database.isTransaction) database.exec('ROLLBACK');
        throw error;
      }
    });

  const readBy = (statement: 'byClient' | 'bySoftware', id: string): Row | undefined => {
    const found = statements[statement].get(id);
    return found && row.parse(found);
  };
  const isReplay = ({ uses, now }: ChangeRequest) =>
    uses.some((use) => statements.isUsed.get(use.issuer, use.jti, now));
  const recordUses = (softwareId: string, { uses }: ChangeRequest) => {
    for (const use of uses) statements.use.run(use.issuer, use.jti, use.rememberUntil, softwareId);
  };
  const mustChange = ({ changes }: { changes: number | bigint }, what: string) => {
    if (Number(changes) !== 1)
      throw new Error(`${what}: the change is no longer under way, another process has taken it over`);
  };

  return {
    beginCreation: (softwareId, change) =>
      transaction(() => {
        const found = readBy('bySoftware', softwareId);
        const isGivenUp = found !== undefined && found.lease_until <= change.now;
        // First of all: an unfinished creation still holds its jti, and the retry that brings it again is no replay.
        if (isGivenUp && (found.change === 'creation' || found.change === 'removal')) return 'unfinished';
        if (isReplay(change)) return 'replayed';
        if (Number(statements.reserve.run(softwareId, change.leaseUntil).changes) === 0) return 'duplicate';
        recordUses(softwareId, change);
        return 'begun';
      }),
    commitCreation: ({ clientId, clientIdIssuedAt, metadata }) =>
      transaction(() => {
        const outcome = statements.create.run(
          clientId,
          clientIdIssuedAt,
          JSON.stringify(metadata),
          metadata.software_id,
        );
        mustChange(outcome, `Registration of ${metadata.software_id}`);
        statements.keepUses.run(metadata.software_id);
      }),
    beginReplacement: (clientId, change) =>
      transaction(() => {
        const found = readBy('byClient', clientId);
        if (!found || found.change === 'removal') return 'unknown';
        if (isReplay(change)) return 'replayed';
        if (Number(statements.mark.run('replacement', change.leaseUntil, clientId).changes) === 0) return 'busy';
        recordUses(found.software_id, change);
        return 'begun';
      }),
    commitReplacement: (clientId, metadata) =>
      transaction(() => {
        mustChange(statements.replace.run(JSON.stringify(metadata), clientId), `Update of ${clientId}`);
        statements.keepUses.run(metadata.software_id);
      }),
    beginRemoval: (clientId, change) =>
      transaction(() => {
        if (!readBy('byClient', clientId)) return 'unknown';
        return Number(statements.mark.run('removal', change.leaseUntil, clientId).changes) === 0 ? 'busy' : 'begun';
      }),
    commitRemoval: (clientId) =>
      transaction(() => {
        const found = readBy('byClient', clientId);
        if (found) statements.remove.run(found.software_id);
      }),
    abandon: (softwareId) =>
      transaction(() => {
        statements.releaseUses.run(softwareId);
        const found = readBy('bySoftware', softwareId);
        if (found?.change === 'creation') statements.remove.run(softwareId);
        else statements.unmark.run(softwareId);
      }),
    handOver: (softwareId) => transaction(() => void statements.handOver.run(softwareId)),
    takeOver: (now, leaseUntil) =>
      transaction(() =>
        statements.expired.all(now).map((found): Change => {
          const taken = row.parse(found);
          statements.lease.run(leaseUntil, taken.software_id);
          return {
            kind: changeKind.parse(taken.change),
            softwareId: taken.software_id,
            registration: registrationIn(taken),
          };
        }),
      ),
    find: (clientId) =>
      answering(() => {
        const found = readBy('byClient', clientId);
        return found && found.change !== 'removal' ? registrationIn(found) : undefined;
      }),
    prune: (now) => transaction(() => void statements.prune.run(now)),
    ping: () => answering(() => void statements.ping.get()),
    close: async () => database.close(),
  };
}

import { randomUUID } from 'node:crypto';
import type { SQLOutputValue } from 'node:sqlite';
import {
  type ChangeRequest,
  ChangeTakenOver,
  type Registration,
  type RegistrationStore,
  StoreUnavailable,
} from '../registration-store.ts';
import {
  changeIn,
  listedIn,
  type RegistrationRow,
  readRow,
  readStatuses,
  registrationIn,
  registrationInForce,
  writtenStatuses,
} from '../stored-registration.ts';
import { openDatabase, presenceOf } from './database.ts';
import { groupCommit } from './group-commit.ts';
import { prepareStatements } from './statements.ts';

/** The async face of a synchronous database. */
async function answering<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ERR_SQLITE_ERROR' || code === 'ERR_INVALID_STATE') {
      throw new StoreUnavailable(`SQLite failed: ${(error as Error).message}`, { cause: error });
    }
    throw error;
  }
}

const isOne = ({ changes }: { changes: number | bigint }) => Number(changes) === 1;

/**
 * Opens the embedded database, creating file and schema as needed. `:memory:` keeps nothing. Another process of the
 * same host may have it open as well.
 */
export function openSqliteStore(file: string): RegistrationStore {
  const database = openDatabase(file);
  const isStillThere = presenceOf(file);
  const statements = prepareStatements(database);

  const commits = groupCommit(database);
  const transaction = <T>(work: () => T): Promise<T> => answering(() => commits.run(work));

  const rowOf = (found: Record<string, SQLOutputValue> | undefined): RegistrationRow | undefined =>
    found && readRow(found);
  const isReplay = ({ uses, now }: ChangeRequest) =>
    uses.some((use) => statements.isUsed.get(use.issuer, use.jti, now));
  const recordUses = (softwareId: string, { uses }: ChangeRequest) => {
    for (const use of uses) statements.use.run(use.issuer, use.jti, use.rememberUntil, softwareId);
  };

  /** Whether a change is under way that a caller with this claim may end. */
  const isTheirs = (row: RegistrationRow | undefined, claim: string): row is RegistrationRow =>
    row !== undefined && row.change !== null && row.claim === claim;

  const commit = (registration: Registration, kind: 'creation' | 'replacement', claim: string) => {
    const { clientId, clientIdIssuedAt, metadata } = registration;
    const row = rowOf(statements.bySoftware.get(metadata.software_id));
    const text = JSON.stringify(metadata);
    if (isTheirs(row, claim) && row.change === kind) {
      statements.commit.run(clientId, clientIdIssuedAt, text, metadata.software_id);
      statements.keepUses.run(metadata.software_id);
    } else if (row?.change !== null || row.client_id !== clientId || row.metadata !== text) {
      throw new ChangeTakenOver(
        `The ${kind} of the registration of ${metadata.software_id} is no longer in progress here: another process took it over.`,
      );
    }
  };

  return {
    beginCreation: (softwareId, change) =>
      transaction(() => {
        const { now, leaseUntil, claim } = change;
        // First of all: an unfinished creation still holds its jti, and the retry that brings it again is no replay.
        if (statements.isGivenUp.get(softwareId, now)) return 'unfinished';
        if (isReplay(change)) return 'replayed';
        if (!isOne(statements.reserve.run(softwareId, claim, now, leaseUntil))) return 'duplicate';
        recordUses(softwareId, change);
        return 'begun';
      }),
    commitCreation: (registration, claim) => transaction(() => commit(registration, 'creation', claim)),
    beginReplacement: (clientId, change) =>
      transaction(() => {
        const { now, leaseUntil, claim } = change;
        const row = rowOf(statements.byClient.get(clientId));
        if (!row || row.change === 'removal') return 'unknown';
        if (isReplay(change)) return 'replayed';
        if (!isOne(statements.markReplacement.run(claim, now, leaseUntil, clientId))) return 'busy';
        recordUses(row.software_id, change);
        return 'begun';
      }),
    commitReplacement: (clientId, metadata, claim) =>
      transaction(() => {
        const row = rowOf(statements.byClient.get(clientId));
        const before = row && registrationIn(row);
        if (!before) throw new ChangeTakenOver(`The registration of ${clientId} that was to be replaced is gone.`);
        commit({ ...before, metadata }, 'replacement', claim);
      }),
    beginRemoval: (clientId, { now, leaseUntil, claim }) =>
      transaction(() => {
        if (!statements.byClient.get(clientId)) return 'unknown';
        const marked = statements.markRemoval.get(claim, now, leaseUntil, clientId, now);
        if (!marked) return 'busy';
        statements.keepUses.run(marked.software_id ?? null);
        return 'begun';
      }),
    commitRemoval: (clientId, claim) =>
      transaction(() => {
        const row = rowOf(statements.byClient.get(clientId));
        if (!row) return;
        if (!isTheirs(row, claim) || row.change !== 'removal')
          throw new ChangeTakenOver(`The removal of ${clientId} was taken over.`);
        statements.remove.run(row.software_id);
      }),
    abandon: (softwareId, claim) =>
      transaction(() => {
        const row = rowOf(statements.bySoftware.get(softwareId));
        if (!isTheirs(row, claim)) return;
        statements.releaseUses.run(softwareId);
        if (row.change === 'creation') statements.remove.run(softwareId);
        else statements.unmark.run(softwareId);
      }),
    handOver: (softwareId, claim) =>
      transaction(() => {
        if (isTheirs(rowOf(statements.bySoftware.get(softwareId)), claim)) statements.handOver.run(softwareId);
      }),
    claimAbandoned: (now, leaseUntil, limit = 100, softwareId) =>
      transaction(() =>
        statements.abandoned
          .all(now, softwareId ?? null, limit)
          .map(({ software_id }) => changeIn(statements.claim.get(randomUUID(), leaseUntil, software_id ?? null))),
      ),
    find: (clientId) => answering(() => registrationInForce(statements.byClient.get(clientId))),
    findBySoftwareId: (softwareId) => answering(() => registrationInForce(statements.bySoftware.get(softwareId))),
    list: ({ after = '', limit }) => answering(() => statements.page.all(after, limit).map(listedIn)),
    changeUnderWay: (softwareId) => answering(() => rowOf(statements.bySoftware.get(softwareId))?.change ?? undefined),
    pendingChanges: () =>
      answering(() => {
        const { count, oldest } = statements.pending.get() ?? {};
        return { count: Number(count), oldest: typeof oldest === 'number' ? oldest : undefined };
      }),
    readStatuses: (list) =>
      answering(() => {
        const found = statements.statuses.get(list);
        return found && { readAt: Number(found.read_at), statuses: readStatuses(String(found.statuses)) };
      }),
    rememberStatuses: (list, { readAt, statuses }) =>
      answering(() => void statements.rememberStatuses.run(list, readAt, writtenStatuses(statuses))),
    prune: (now) => transaction(() => void statements.prune.run(now)),
    ping: async () => {
      if (!isStillThere())
        throw new StoreUnavailable(`The database ${file} was removed or replaced: restart the service.`);
      const written = await transaction(() => statements.ping.get(Math.floor(Date.now() / 1000)));
      if (!written) throw new StoreUnavailable(`The database ${file} was emptied: restore a backup.`);
    },
    close: async () => {
      if (!database.isOpen) return;
      commits.flush();
      database.close();
    },
  };
}

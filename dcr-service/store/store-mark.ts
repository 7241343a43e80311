import { randomUUID } from 'node:crypto';

/**
 * A database holds an id of its own, and a mark outside its tables holds the same: a file beside SQLite's, a schema beside
 * PostgreSQL's. A mark without the database that it belongs to means that registrations are lost.
 */
export interface Marked {
  /** The content of the mark; undefined if it does not exist; empty if it is unreadable. */
  readonly mark: string | undefined;
  /** What the database says; undefined: it was just made, or an earlier version wrote it. */
  readonly id: string | undefined;
  readonly holdsRegistrations: boolean;
}

/** There was a database, and what is there now is not it. */
export class DatabaseLost extends Error {
  override readonly name = 'DatabaseLost';
}

/**
 * By which id database and mark are to go on. A database with registrations counts whatever the mark says: it was
 * restored, or an earlier version wrote it. An empty one counts only as the one that was marked.
 *
 * @returns undefined: it is empty and not the one that was marked.
 */
export function identityOf({ mark, id, holdsRegistrations }: Marked): string | undefined {
  if (mark === undefined || holdsRegistrations) return id ?? (mark || randomUUID());
  return id === mark ? id : undefined;
}

/**
 * @param state as in `is missing`.
 * @param remedy how the mark is removed, as the rest of a sentence.
 */
export const databaseLost = (database: string, state: 'is missing' | 'is empty', mark: string, remedy: string) =>
  new DatabaseLost(
    `The database ${database} ${state}, and ${mark} says that there was one: without it the service would know none of its registrations. Put it back or restore a backup (docs/dcr-database.md). Only to begin anew without the registrations, ${remedy}.`,
  );

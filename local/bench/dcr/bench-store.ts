import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';

/** The service's own tables, seen from outside of it. */
export interface BenchStore {
  /** Forgets all but what `fill` has put there. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** What begins so was filled in, and stays. */
export const filledPrefix = 'filled-';

const clearing = [
  `DELETE FROM registration WHERE software_id NOT LIKE '${filledPrefix}%'`,
  'DELETE FROM used_jwt',
] as const;

export function storeAt(place: string): BenchStore {
  if (/^postgres(ql)?:/.test(place)) {
    const pool = new pg.Pool({ connectionString: place, max: 1 });
    return {
      clear: async () => {
        for (const statement of clearing) await pool.query(statement);
      },
      close: () => pool.end(),
    };
  }
  const database = new DatabaseSync(place, { timeout: 5000 });
  return {
    clear: async () => {
      for (const statement of clearing) database.exec(statement);
    },
    close: async () => database.close(),
  };
}

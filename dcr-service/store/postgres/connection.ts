import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { StoreUnavailable } from '../registration-store.ts';
import { type StatementName, sql } from './statements.ts';

/** How to reach PostgreSQL. The URL may hold a password: never log it. */
export interface PostgresSettings {
  /** `postgresql://user:password@host:port/database`; a Unix socket by `?host=/directory`. */
  readonly url: string;
  /** PEM: CAs of the server's certificate. With it the connection is encrypted and the server's name checked. */
  readonly authorities: string | undefined;
  /** The most connections that this replica opens. */
  readonly poolSize: number;
  /** For opening a connection, and for each statement, in milliseconds. */
  readonly timeoutMs: number;
}

type Row = Record<string, unknown>;

export interface Connections {
  /** Runs one statement; where the connection is lost, again on another, so every statement bears repeating. */
  run(name: StatementName, values?: readonly unknown[]): Promise<readonly Row[]>;
  close(): Promise<void>;
}

const idleMs = 30_000;
const retryAfterMs = [0, 100, 300];
const int8 = 20;

/** Where the database is, without the password. */
export function whereIs(url: string): string {
  const { host, pathname, searchParams } = new URL(url);
  return `${searchParams.get('host') ?? host}${pathname}`;
}

function configOf({ url, authorities, poolSize, timeoutMs }: PostgresSettings): pg.PoolConfig {
  return {
    connectionString: url,
    ...(authorities === undefined ? {} : { ssl: { ca: authorities, rejectUnauthorized: true } }),
    application_name: 'dcr-service',
    max: poolSize,
    connectionTimeoutMillis: timeoutMs,
    // The server ends a statement that takes too long; the client gives up on a server that says nothing at all.
    statement_timeout: timeoutMs,
    query_timeout: timeoutMs + 500,
    idleTimeoutMillis: idleMs,
    keepAlive: true,
    // Seconds since 1970 and counts: far below 2^53.
    types: { getTypeParser: (oid, format) => (oid === int8 ? Number : pg.types.getTypeParser(oid, format)) },
  };
}

/**
 * What an error says of the database. `mistake`: it understood us and our statement is wrong. `again`: nothing was done,
 * or it is not known, and another try may succeed. `away`: another try would not help now.
 */
function verdictOn(error: unknown): 'mistake' | 'again' | 'away' {
  const code = error instanceof pg.DatabaseError ? error.code : undefined;
  if (code === undefined) return /timeout/i.test((error as Error).message) ? 'away' : 'again';
  // Lost connections, a server that starts or stops, deadlock and serialisation, a primary that became a standby.
  if (/^(08|57P|40)|^25006$/.test(code)) return 'again';
  return /^(22|23|42)/.test(code) ? 'mistake' : 'away';
}

const unavailable = (error: unknown) =>
  new StoreUnavailable(`PostgreSQL failed: ${(error as Error).message || String((error as { code?: string }).code)}`, {
    cause: error,
  });

export function openConnections(settings: PostgresSettings): Connections {
  const pool = new pg.Pool(configOf(settings));
  // An idle connection was lost: the pool has dropped it, and opens another on demand.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));

  async function attempt(name: StatementName, values: readonly unknown[]): Promise<readonly Row[]> {
    const client = await pool.connect();
    try {
      const { rows } = await client.query<Row>({ name, text: sql[name], values: [...values] });
      client.release();
      return rows;
    } catch (error) {
      client.release(verdictOn(error) !== 'mistake');
      throw error;
    }
  }

  return {
    run: async (name, values = []) => {
      const giveUpAt = performance.now() + settings.timeoutMs;
      for (let tried = 0; ; tried += 1) {
        try {
          return await attempt(name, values);
        } catch (error) {
          const verdict = verdictOn(error);
          if (verdict === 'mistake') throw error;
          const wait = retryAfterMs[tried];
          if (verdict === 'away' || pool.ending || wait === undefined || performance.now() + wait > giveUpAt)
            throw unavailable(error);
          await pause(wait);
        }
      }
    },
    close: async () => {
      if (!pool.ending) await pool.end();
    },
  };
}

/** A connection of its own for work at the start that may take as long as it takes. */
export async function connectOnce(settings: PostgresSettings): Promise<pg.Client> {
  const client = new pg.Client({ ...configOf(settings), statement_timeout: 0, query_timeout: 0 });
  client.on('error', () => {});
  try {
    await client.connect();
    return client;
  } catch (error) {
    const reason = (error as Error).message || String((error as { code?: string }).code);
    throw new StoreUnavailable(
      `The database ${whereIs(settings.url)} cannot be reached (${reason}): check DCR_DATABASE_URL, and DCR_DATABASE_CA_FILE when it demands TLS.`,
      { cause: error },
    );
  }
}

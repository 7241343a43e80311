import { readFileSync } from 'node:fs';

/** A PostgreSQL database and who opens it, as `pg` takes it. */
export interface PostgresSource {
  kind: 'postgresql';
  /** For messages: the table of deployment.toml and the URL without its parameters, which may hold a password. */
  label: string;
  connection: {
    host: string;
    port: number;
    database: string;
    user: string;
    password: string;
    ssl: false | { rejectUnauthorized: boolean; ca?: string; servername?: string };
  };
}

interface Account {
  /** `apim_db` for `[database.apim_db]`. */
  name: string;
  username: string | undefined;
  password: string | undefined;
}

/**
 * Reads a URL of PostgreSQL's JDBC driver: `jdbc:postgresql://host:port/database?sslmode=…&sslrootcert=…`.
 *
 * `sslmode` means what it means to the driver, except that `allow` and `prefer`, the driver's default, are plain here.
 *
 * @throws {Error} when the URL is not of this form, a certificate cannot be read, or there is no user.
 */
export function parsePostgresUrl(url: string, { name, username, password }: Account): PostgresSource {
  const label = `[database.${name}] ${url.split('?')[0]}`;
  const parsed = URL.parse(url.replace(/^jdbc:/, ''));
  if (!parsed || parsed.hostname === '' || parsed.pathname.length < 2) {
    throw new Error(`${label} is not jdbc:postgresql://<host>:<port>/<database>.`);
  }
  const parameters = parsed.searchParams;
  const user = username ?? parameters.get('user');
  if (!user) throw new Error(`${label} has no username: PostgreSQL lets nobody in without.`);
  const host = parsed.hostname.replace(/^\[|\]$/g, '');
  return {
    kind: 'postgresql',
    label,
    connection: {
      host,
      port: Number(parsed.port || 5432),
      database: decodeURIComponent(parsed.pathname.slice(1)),
      user,
      password: password ?? parameters.get('password') ?? '',
      ssl: tlsOf(parameters, host, label),
    },
  };
}

function tlsOf(parameters: URLSearchParams, host: string, label: string): PostgresSource['connection']['ssl'] {
  const mode = parameters.get('sslmode') ?? (parameters.get('ssl') === 'true' ? 'verify-full' : 'prefer');
  if (['disable', 'allow', 'prefer'].includes(mode)) return false;
  // By definition of the mode: encrypted, without checking the server's certificate.
  if (mode === 'require') return { rejectUnauthorized: false };
  if (mode !== 'verify-full') throw new Error(`${label}: the emulator has no sslmode=${mode}; use verify-full.`);
  const file = parameters.get('sslrootcert');
  if (!file) throw new Error(`${label}: sslmode=verify-full needs sslrootcert=<file with the CA's certificate>.`);
  try {
    return { rejectUnauthorized: true, ca: readFileSync(file, 'utf8'), servername: host };
  } catch (cause) {
    throw new Error(`${label}: Could not open SSL root certificate file ${file}.`, { cause });
  }
}

import type { PostgresSettings } from './postgres/connection.ts';
import { openPostgresStore } from './postgres/postgres-store.ts';
import type { RegistrationStore } from './registration-store.ts';
import { openSqliteStore } from './sqlite/sqlite-store.ts';

/** Where registrations are kept: an SQLite file of this host, or a PostgreSQL that replicas share. */
export type StoreSettings = { readonly file: string } | PostgresSettings;

/** Opens the store and brings its schema up to date; see docs/dcr-database.md. */
export async function openStore(settings: StoreSettings): Promise<RegistrationStore> {
  return 'file' in settings ? openSqliteStore(settings.file) : openPostgresStore(settings);
}

import type { State } from '../state.ts';

/** The tables that the emulated servers have instead of the product's; `dbscripts/` creates them as in the product. */
export type TableName =
  | 'emulated_api_manager'
  | 'emulated_api_manager_users'
  | 'emulated_identity_server'
  | 'emulated_identity_server_users';

/** An open database. What another process writes to it is read at once. */
export interface Database {
  /** @throws {Error} when the database has no such table, as the product does not start without its schema. */
  table(name: TableName): State;
  close(): void;
}

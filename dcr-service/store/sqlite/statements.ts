import type { DatabaseSync } from 'node:sqlite';
import { listedColumns, registrationColumns } from '../stored-registration.ts';

/** Every statement of the store; each that a request runs finds its rows by an index, however many there are. */
export const sql = {
  isUsed: 'SELECT 1 FROM used_jwt WHERE issuer = ? AND jti = ? AND remember_until >= ?',
  use: 'INSERT OR REPLACE INTO used_jwt (issuer, jti, remember_until, used_by) VALUES (?, ?, ?, ?)',
  keepUses: 'UPDATE used_jwt SET used_by = NULL WHERE used_by = ?',
  releaseUses: 'DELETE FROM used_jwt WHERE used_by = ?',
  prune: 'DELETE FROM used_jwt WHERE remember_until < ? AND used_by IS NULL',
  byClient: `SELECT ${registrationColumns} FROM registration WHERE client_id = ?`,
  bySoftware: `SELECT ${registrationColumns} FROM registration WHERE software_id = ? COLLATE NOCASE`,
  isGivenUp: `SELECT 1 FROM registration
    WHERE software_id = ? COLLATE NOCASE AND lease_until <= ? AND change IN ('creation', 'removal')`,
  reserve: `INSERT INTO registration (software_id, change, claim, begun_at, lease_until) VALUES (?, 'creation', ?, ?, ?)
    ON CONFLICT DO NOTHING`,
  markReplacement: `UPDATE registration SET change = 'replacement', claim = ?, begun_at = ?, lease_until = ?
    WHERE client_id = ? AND change IS NULL`,
  markRemoval: `UPDATE registration SET change = 'removal', claim = ?, begun_at = ?, lease_until = ?
    WHERE client_id = ? AND (change IS NULL OR (change = 'replacement' AND lease_until <= ?)) RETURNING software_id`,
  commit: `UPDATE registration
    SET client_id = ?, client_id_issued_at = ?, metadata = ?, changed_at = begun_at,
        change = NULL, claim = NULL, begun_at = NULL
    WHERE software_id = ?`,
  unmark: 'UPDATE registration SET change = NULL, claim = NULL, begun_at = NULL WHERE software_id = ?',
  remove: 'DELETE FROM registration WHERE software_id = ?',
  handOver: 'UPDATE registration SET lease_until = 0 WHERE software_id = ?',
  abandoned: `SELECT software_id FROM registration
    WHERE change IS NOT NULL AND lease_until <= ? AND software_id = coalesce(?, software_id) COLLATE NOCASE
    ORDER BY lease_until LIMIT ?`,
  claim: `UPDATE registration SET claim = ?, lease_until = ? WHERE software_id = ? RETURNING ${registrationColumns}`,
  page: `SELECT ${listedColumns("metadata ->> 'client_name'")} FROM registration
    WHERE client_id > ? ORDER BY client_id LIMIT ?`,
  pending: 'SELECT count(*) AS count, min(begun_at) AS oldest FROM registration WHERE change IS NOT NULL',
  statuses: 'SELECT read_at, statuses FROM register_statuses WHERE list = ?',
  rememberStatuses: `INSERT INTO register_statuses (list, read_at, statuses) VALUES (?, ?, ?)
    ON CONFLICT (list) DO UPDATE SET read_at = excluded.read_at, statuses = excluded.statuses
    WHERE excluded.read_at >= read_at`,
  ping: 'UPDATE store_identity SET written_at = ? RETURNING (SELECT count(*) FROM (SELECT 1 FROM registration LIMIT 1))',
} as const;

type StatementName = keyof typeof sql;

export function prepareStatements(database: DatabaseSync) {
  const prepared = Object.entries(sql).map(([name, text]) => [name, database.prepare(text)]);
  return Object.fromEntries(prepared) as Record<StatementName, ReturnType<DatabaseSync['prepare']>>;
}

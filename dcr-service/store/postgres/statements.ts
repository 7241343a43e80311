import { listedColumns, registrationColumns } from '../stored-registration.ts';

const atRest = 'change = NULL, claim = NULL, begun_at = NULL';

/**
 * Every statement of the store, prepared by its name once on each connection. Each is a transaction of its own in one
 * round trip, and each that a request runs finds its rows by an index, however many there are.
 */
export const sql = {
  beginCreation: 'SELECT dcr_begin_creation_2($1, $2, $3, $4, $5, $6, $7) AS outcome',
  beginReplacement: 'SELECT dcr_begin_replacement($1, $2, $3, $4, $5, $6, $7) AS outcome',
  beginRemoval: `WITH marked AS (
      UPDATE registration SET change = 'removal', claim = $2, begun_at = $3, lease_until = $4
      WHERE client_id = $1 AND (change IS NULL OR (change = 'replacement' AND lease_until <= $3)) RETURNING software_id),
    kept AS (UPDATE used_jwt SET used_by = NULL FROM marked WHERE used_by = marked.software_id)
    SELECT CASE WHEN EXISTS (SELECT FROM marked) THEN 'begun'
      ELSE coalesce((SELECT CASE WHEN change = 'removal' AND claim = $2 THEN 'begun' ELSE 'busy' END
        FROM registration WHERE client_id = $1), 'unknown') END AS outcome`,
  // $1 software id, $2 kind, $3 claim, $4 client id, $5 issued at, $6 metadata. A repetition is no failure: if the
  // response to a commit was lost, only the row shows that it was done.
  commit: `WITH done AS (
      UPDATE registration SET client_id = $4, client_id_issued_at = coalesce(client_id_issued_at, $5), metadata = $6,
        changed_at = begun_at, ${atRest}
      WHERE software_id = $1 AND change = $2 AND claim = $3 AND (client_id IS NULL OR client_id = $4)
      RETURNING software_id),
    kept AS (UPDATE used_jwt SET used_by = NULL FROM done WHERE used_by = done.software_id)
    SELECT EXISTS (SELECT FROM done) OR EXISTS (SELECT FROM registration
      WHERE software_id = $1 AND change IS NULL AND client_id = $4 AND metadata = $6) AS done`,
  commitRemoval: `WITH removed AS (
      DELETE FROM registration WHERE client_id = $1 AND change = 'removal' AND claim = $2 RETURNING 1)
    SELECT EXISTS (SELECT FROM removed) OR NOT EXISTS (SELECT FROM registration WHERE client_id = $1) AS done`,
  abandon: `WITH theirs AS MATERIALIZED (
      SELECT software_id, change FROM registration
      WHERE software_id = $1 AND change IS NOT NULL AND claim = $2 FOR UPDATE),
    released AS (DELETE FROM used_jwt USING theirs WHERE used_by = theirs.software_id),
    removed AS (DELETE FROM registration USING theirs
      WHERE registration.software_id = theirs.software_id AND theirs.change = 'creation')
    UPDATE registration SET ${atRest} FROM theirs
    WHERE registration.software_id = theirs.software_id AND theirs.change <> 'creation'`,
  handOver: 'UPDATE registration SET lease_until = 0 WHERE software_id = $1 AND change IS NOT NULL AND claim = $2',
  // SKIP LOCKED: of several replicas each passes over what another is just taking.
  claimAbandoned: `WITH abandoned AS MATERIALIZED (
      SELECT software_id FROM registration
      WHERE change IS NOT NULL AND lease_until <= $1 AND lower(software_id) = lower(coalesce($4, software_id))
      ORDER BY lease_until LIMIT $3 FOR UPDATE SKIP LOCKED)
    UPDATE registration SET claim = gen_random_uuid()::text, lease_until = $2 FROM abandoned
    WHERE registration.software_id = abandoned.software_id
    RETURNING registration.software_id, client_id, client_id_issued_at, metadata, change, claim`,
  find: `SELECT ${registrationColumns} FROM registration WHERE client_id = $1`,
  findBySoftwareId: `SELECT ${registrationColumns} FROM registration WHERE lower(software_id) = lower($1)`,
  list: `SELECT ${listedColumns("metadata::json ->> 'client_name'")} FROM registration
    WHERE client_id > $1 ORDER BY client_id LIMIT $2`,
  pending: 'SELECT count(*) AS count, min(begun_at) AS oldest FROM registration WHERE change IS NOT NULL',
  statuses: 'SELECT read_at, statuses FROM register_statuses WHERE list = $1',
  rememberStatuses: `INSERT INTO register_statuses (list, read_at, statuses) VALUES ($1, $2, $3)
    ON CONFLICT (list) DO UPDATE SET read_at = excluded.read_at, statuses = excluded.statuses
    WHERE excluded.read_at >= register_statuses.read_at`,
  prune: 'DELETE FROM used_jwt WHERE remember_until < $1 AND used_by IS NULL',
  // A standby and a full disk answer questions, but take no registration.
  ping: `UPDATE store_identity SET written_at = extract(epoch FROM now())::bigint
    RETURNING EXISTS (SELECT FROM registration LIMIT 1) AS registered`,
} as const;

export type StatementName = keyof typeof sql;

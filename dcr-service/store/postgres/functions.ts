/** @param isSame the condition for a row to be of the software product `p_software_id`. */
const beginCreation = (
  name: string,
  isSame: string,
) => `CREATE FUNCTION ${name}(p_software_id text, p_claim text, p_now bigint, p_lease_until bigint,
  p_issuers text[], p_jtis text[], p_until bigint[])
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  found_row record;
BEGIN
  SELECT change, claim, lease_until INTO found_row FROM registration WHERE ${isSame};
  -- The answer to the same attempt was lost.
  IF found_row.change = 'creation' AND found_row.claim = p_claim THEN
    RETURN 'begun';
  END IF;
  -- Before the JWTs: an unfinished creation still holds its own, and the retry that brings it again is no replay.
  IF found_row.change IN ('creation', 'removal') AND found_row.lease_until <= p_now THEN
    RETURN 'unfinished';
  END IF;
  BEGIN
    PERFORM dcr_use_jwts(p_software_id, p_now, p_issuers, p_jtis, p_until);
    INSERT INTO registration (software_id, change, claim, begun_at, lease_until)
      VALUES (p_software_id, 'creation', p_claim, p_now, p_lease_until) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'duplicate' USING ERRCODE = 'DCR02';
    END IF;
  EXCEPTION
    WHEN SQLSTATE 'DCR01' THEN RETURN 'replayed';
    WHEN SQLSTATE 'DCR02' THEN RETURN 'duplicate';
  END;
  RETURN 'begun';
END $$;`;

/**
 * The two transactions that need more than one look are functions: one round trip each, and no connection is held
 * between statements.
 *
 * Isolation is READ COMMITTED, and nothing is decided by a read: of parallel requests, whichever first inserts the key
 * of the JWT and of the software product into the unique indexes wins; the others wait for its commit at the index
 * entry and then see theirs refused. Locks are taken in one order, JWTs before the registration, so that two requests
 * do not wait for each other. The inner block is a savepoint: either all that it records stays, or nothing.
 */
export const functions = `
CREATE FUNCTION dcr_use_jwts(p_by text, p_now bigint, p_issuers text[], p_jtis text[], p_until bigint[])
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  recorded integer;
BEGIN
  INSERT INTO used_jwt (issuer, jti, remember_until, used_by)
    SELECT issuer, jti, until, p_by FROM unnest(p_issuers, p_jtis, p_until) AS jwt (issuer, jti, until)
    -- One that had expired may come again.
    ON CONFLICT (issuer, jti) DO UPDATE SET remember_until = excluded.remember_until, used_by = excluded.used_by
      WHERE used_jwt.remember_until < p_now;
  GET DIAGNOSTICS recorded = ROW_COUNT;
  IF recorded < cardinality(p_jtis) THEN
    RAISE EXCEPTION 'replayed' USING ERRCODE = 'DCR01';
  END IF;
END $$;

${beginCreation('dcr_begin_creation', 'software_id = p_software_id')}

CREATE FUNCTION dcr_begin_replacement(p_client_id text, p_claim text, p_now bigint, p_lease_until bigint,
  p_issuers text[], p_jtis text[], p_until bigint[])
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  found_row record;
BEGIN
  SELECT software_id, change, claim INTO found_row FROM registration WHERE client_id = p_client_id;
  IF NOT FOUND OR found_row.change = 'removal' THEN
    RETURN 'unknown';
  END IF;
  IF found_row.change = 'replacement' AND found_row.claim = p_claim THEN
    RETURN 'begun';
  END IF;
  BEGIN
    PERFORM dcr_use_jwts(found_row.software_id, p_now, p_issuers, p_jtis, p_until);
    UPDATE registration SET change = 'replacement', claim = p_claim, begun_at = p_now, lease_until = p_lease_until
      WHERE client_id = p_client_id AND change IS NULL;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'busy' USING ERRCODE = 'DCR02';
    END IF;
  EXCEPTION
    WHEN SQLSTATE 'DCR01' THEN RETURN 'replayed';
    WHEN SQLSTATE 'DCR02' THEN RETURN 'busy';
  END;
  RETURN 'begun';
END $$;
`;

/** As before, but that ids are compared without case. */
export const functionsWithoutCase = beginCreation('dcr_begin_creation_2', 'lower(software_id) = lower(p_software_id)');

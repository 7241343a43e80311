#!/bin/sh
# Makes the schemas of a server's databases, each once, of the scripts that the server's own image brings. WSO2's scripts drop the
# tables that they make: so they run in an empty database only, in one transaction. A run that is cut short leaves nothing behind
# and the next makes it whole; of two at once one waits and then finds it done.
#
# usage: schema.sh DATABASE:TABLE:SCRIPT[,SCRIPT...] ...
#   TABLE   one that the scripts make: where it is they have run
#   SCRIPT  beneath $SCRIPTS, or else beside this file
# environment: SCRIPTS, PATIENCE (seconds that PostgreSQL may take to answer), and psql's own: PGHOST, PGPORT, PGUSER, PGPASSWORD,
#              PGSSLMODE, PGSSLROOTCERT
set -eu
export PGOPTIONS='-c client_min_messages=warning'

beside=$(dirname "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

until pg_isready --quiet --dbname="${1%%:*}"; do
  PATIENCE=$((PATIENCE - 1))
  [ "$PATIENCE" -gt 0 ] || { echo "schema: no PostgreSQL answers at $PGHOST:$PGPORT." >&2; exit 1; }
  sleep 1
done

for schema in "$@"; do
  database=${schema%%:*} rest=${schema#*:}
  table=${rest%%:*}
  : > "$work/script.sql"
  for script in $(echo "${rest#*:}" | tr ',' ' '); do
    file=$SCRIPTS/$script
    [ -f "$file" ] || file=$beside/$script
    [ -f "$file" ] || { echo "schema: the server's image has no dbscripts/$script: is it of the configured generation?" >&2; exit 1; }
    # Some begin and end a transaction of their own, which would end this one.
    sed -E 's/^[[:space:]]*(begin([[:space:]]+transaction)?|commit)[[:space:]]*;[[:space:]]*$//I' "$file" >> "$work/script.sql"
    echo >> "$work/script.sql"
  done
  psql --no-psqlrc --quiet --no-password --set=ON_ERROR_STOP=1 --set=database="$database" --set=table="$table" \
    --set=script="$work/script.sql" --dbname="$database" <<'SQL'
BEGIN;
SELECT pg_advisory_xact_lock(hashtext('cdr-stack schema')) AS locked \gset
SELECT to_regclass(:'table') IS NOT NULL AS made, count(*) > 0 AS occupied
  FROM pg_tables WHERE schemaname = current_schema() \gset
\if :made
  \echo schema: :database has its schema already.
\elif :occupied
  SELECT format('DO $do$ BEGIN RAISE EXCEPTION %L; END $do$', format(
    'database %s has tables, but no %s: it is neither empty nor this server''s. Nothing was changed; name another database, or empty it',
    :'database', :'table')) \gexec
\else
  \i :script
  \echo schema: :database has its schema now.
\endif
COMMIT;
SQL
done

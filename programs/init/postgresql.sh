#!/bin/sh
# Prepares a deployed PostgreSQL before it starts: its data directory, who may connect, the users with their passwords, and
# their databases. It is idempotent and runs at every start, so that it also applies changed passwords.
# The administrator, postgres, has no password: only processes in this pod can log in as postgres, by the socket.
#
# usage: postgresql.sh USER:VARIABLE:DATABASE[,DATABASE...] ...
#   VARIABLE  the environment variable with the user's password: on no command line, in no log
# environment: PGDATA (a folder beneath the volume), SOCKETS (where the socket is), CONNECTIONS (host, or hostssl: encrypted only)
set -eu
umask 077

if [ ! -e "$PGDATA" ]; then
  rm -rf "$PGDATA.unfinished"
  initdb --pgdata="$PGDATA.unfinished" --username=postgres --encoding=UTF8 --no-locale --data-checksums \
    --auth-local=trust --auth-host=reject > /dev/null
  mv "$PGDATA.unfinished" "$PGDATA"
fi
[ -s "$PGDATA/PG_VERSION" ] || { echo "postgresql: $PGDATA is no data directory of PostgreSQL: is this its volume?" >&2; exit 1; }
chmod 0700 "$PGDATA"
printf '%s\n' 'local all postgres trust' "$CONNECTIONS all all all scram-sha-256" > "$PGDATA/pg_hba.conf"

pg_ctl start --wait --silent --pgdata="$PGDATA" \
  --options="-c listen_addresses= -c ssl=off -c unix_socket_directories=$SOCKETS -c log_min_error_statement=panic"
trap 'pg_ctl stop --wait --silent --mode=fast --pgdata="$PGDATA"' EXIT

sql() { psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --host="$SOCKETS" --username=postgres --dbname=postgres "$@"; }

for account in "$@"; do
  user=${account%%:*} rest=${account#*:}
  sql --set=user="$user" --set=variable="${rest%%:*}" <<'SQL'
\getenv password :variable
SELECT format('CREATE ROLE %I', :'user') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'user') \gexec
ALTER ROLE :"user" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'password';
SQL
  for database in $(echo "${rest#*:}" | tr ',' ' '); do
    sql --set=user="$user" --set=database="$database" <<'SQL'
SELECT format('CREATE DATABASE %I OWNER %I', :'database', :'user')
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
SQL
  done
done

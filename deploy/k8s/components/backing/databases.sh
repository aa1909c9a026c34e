#!/bin/sh
# Makes the roles and databases of the four services, and sets the roles' passwords; may be repeated.
# Wants PGHOST and PGUSER, and in the folder SECRETS one file per role, named like it, with its password.
set -eu
SECRETS=${SECRETS:-/run/secrets/postgres}
PGPASSWORD=$(cat "$SECRETS/${PGUSER:=postgres}")
export PGUSER PGPASSWORD SECRETS PGDATABASE=postgres PGCONNECT_TIMEOUT=5

ask() { psql --no-psqlrc --quiet --tuples-only --set ON_ERROR_STOP=1 "$@"; }

role() {
    # passwords go by file into psql, never by argument: every user of the machine can read a command line
    ROLE_FILE=$SECRETS/$1 ask --set role="$1" <<'SQL'
\set password `cat "$ROLE_FILE"`
SELECT format('CREATE ROLE %I LOGIN', :'role') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') \gexec
ALTER ROLE :"role" PASSWORD :'password';
SQL
}

for service in member inventory order attribution; do
    role "omo_${service}_owner"
    role "omo_$service"
    ask --set role="omo_$service" --set owner="omo_${service}_owner" <<'SQL'
-- a service's sessions give up early: a stuck one must never hold a lock or a snapshot for long
ALTER ROLE :"role" SET idle_in_transaction_session_timeout = '5s';
ALTER ROLE :"role" SET transaction_timeout = '15s';
ALTER ROLE :"role" SET statement_timeout = '1500ms';
ALTER ROLE :"role" SET lock_timeout = '500ms';
SELECT format('CREATE DATABASE %I OWNER %I TEMPLATE template0', :'role', :'owner')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'role') \gexec
REVOKE ALL ON DATABASE :"role" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"role" TO :"role";
SQL
    echo "omo_$service is there"
done

#!/bin/sh
# PostgreSQL 10 or newer: connections, transactions, rows, cache, locks, replication and sizes,
# read in one session, and NAME_per_second for each counter. Counts are sums over all databases.
#
#   PGHOST PGPORT PGUSER PGPASSFILE PGSERVICE PGSSLMODE ...   all variables that psql itself reads
#   PGDATABASE   the database to connect to, default: postgres
#
# Needs psql, and a login. A password belongs in a file of mode 0600 (~/.pgpass, or PGPASSFILE),
# never on a command line. Without the role pg_monitor, figures about other users' sessions
# (states, ages of transactions) and about databases that are closed to the login are left out:
#   CREATE ROLE monitor LOGIN PASSWORD '...'; GRANT pg_monitor TO monitor;
# The first run gives no rates, and neither does the first run after the statistics were reset.
set -u
export LC_ALL=C

export PGDATABASE="${PGDATABASE:-postgres}" PGCONNECT_TIMEOUT="${PGCONNECT_TIMEOUT:-10}" PGAPPNAME=postgresql_status
last_end=${1:-0}

die() {
  printf '%s' "$*" | tr -s '[:space:]' ' ' >&2
  echo >&2
  exit 1
}
limit() { # limit SECONDS COMMAND...
  if command -v timeout >/dev/null; then timeout "$@"; else shift && "$@"; fi
}

query="
  SET statement_timeout = '15s';
  WITH client AS (SELECT * FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()),
  total AS (
    SELECT sum(xact_commit) AS commits, sum(xact_rollback) AS rollbacks, sum(blks_read) AS blocks_read, sum(blks_hit) AS blocks_hit,
      sum(tup_returned) AS returned, sum(tup_fetched) AS fetched, sum(tup_inserted) AS inserted, sum(tup_updated) AS updated,
      sum(tup_deleted) AS deleted, sum(temp_bytes) AS temp_bytes, sum(deadlocks) AS deadlocks, sum(conflicts) AS conflicts
    FROM pg_stat_database
  )
  SELECT 'uptime_s', round(extract(epoch FROM now() - pg_postmaster_start_time())::numeric)
  UNION ALL SELECT 'connections.max', current_setting('max_connections')::numeric
  UNION ALL SELECT 'connections.total', count(*) FROM client
  UNION ALL SELECT 'connections.active', count(*) FROM client WHERE state = 'active'
  UNION ALL SELECT 'connections.idle', count(*) FROM client WHERE state = 'idle'
  UNION ALL SELECT 'connections.idle_in_transaction', count(*) FROM client WHERE state LIKE 'idle in transaction%'
  UNION ALL SELECT 'connections.waiting_for_lock', count(*) FROM client WHERE wait_event_type = 'Lock'
  UNION ALL SELECT 'oldest_transaction_s', coalesce(round(extract(epoch FROM max(now() - xact_start))::numeric, 1), 0) FROM client
  UNION ALL SELECT 'oldest_xid_age', max(age(datfrozenxid)) FROM pg_database
  UNION ALL SELECT 'transactions.commits', commits FROM total
  UNION ALL SELECT 'transactions.rollbacks', rollbacks FROM total
  UNION ALL SELECT 'blocks.read', blocks_read FROM total
  UNION ALL SELECT 'blocks.hit', blocks_hit FROM total
  UNION ALL SELECT 'rows.returned', returned FROM total
  UNION ALL SELECT 'rows.fetched', fetched FROM total
  UNION ALL SELECT 'rows.inserted', inserted FROM total
  UNION ALL SELECT 'rows.updated', updated FROM total
  UNION ALL SELECT 'rows.deleted', deleted FROM total
  UNION ALL SELECT 'temp_bytes', temp_bytes FROM total
  UNION ALL SELECT 'deadlocks', deadlocks FROM total
  UNION ALL SELECT 'conflicts', conflicts FROM total
  UNION ALL SELECT 'replication.is_standby', pg_is_in_recovery()::int
  UNION ALL SELECT 'replication.standbys', count(*) FROM pg_stat_replication
  UNION ALL SELECT 'replication.replay_lag_s', CASE WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
    ELSE round(extract(epoch FROM now() - pg_last_xact_replay_timestamp())::numeric, 1) END WHERE pg_is_in_recovery()
  UNION ALL SELECT 'databases.' || regexp_replace(datname, '[^A-Za-z0-9_-]', '_', 'g') || '.size_mb', round(pg_database_size(oid) / 1048576.0, 2)
    FROM pg_database WHERE datallowconn AND has_database_privilege(oid, 'CONNECT')
"

command -v psql >/dev/null || die "psql is not installed; install the package postgresql-client"
figures=$(printf '%s\n' "$query" |
  limit 30 psql --no-psqlrc --no-password --quiet --tuples-only --no-align --field-separator=' ' --set=ON_ERROR_STOP=1 2>&1) ||
  die "PostgreSQL gives no figures: ${figures:-no answer}"

{
  [ "$last_end" = 0 ] || cat # what the last run printed
  echo --
  printf '%s\n' "$figures"
} | awk -v elapsed="$(($(date +%s) - last_end))" '
  $1 == "--" { isNow = 1; next }
  NF != 2 || $2 !~ /^-?[0-9.]+$/ { next } # a line without a value, or a notice
  !isNow { last[$1] = $2; next }
  { print }
  $1 ~ /^(transactions|blocks|rows)\.|^(temp_bytes|deadlocks|conflicts)$/ && $1 in last {
    grown[$1] = $2 - last[$1]
    if (grown[$1] >= 0 && elapsed > 0) printf "%s_per_second %.3f\n", $1, grown[$1] / elapsed
  }
  END {
    reads = grown["blocks.hit"] + grown["blocks.read"] # since the last run
    if (grown["blocks.hit"] >= 0 && grown["blocks.read"] >= 0 && reads > 0) printf "cache_hit_percent %.2f\n", 100 * grown["blocks.hit"] / reads
  }'

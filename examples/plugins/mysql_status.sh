#!/bin/sh
# MySQL or MariaDB: figures of SHOW GLOBAL STATUS under their own names, and NAME_per_second for
# each counter.
#
#   MYSQL_DEFAULTS_FILE   an option file with user and password, mode 0600; then it is the only one
#                         that is read. Without it, the client reads its usual files (~/.my.cnf,
#                         /etc/mysql)
#   MYSQL_HOST MYSQL_PORT MYSQL_SOCKET MYSQL_USER
#       the server and the user, if no option file names them
#   MYSQL_PASSWORD        passed on in the environment, which root and the agent's own user can
#                         read: the file is better
#
# Needs mysql or mariadb, the client, and a login without any privilege:
#   CREATE USER monitor@localhost IDENTIFIED BY '...';
# The first run gives no rates, and neither does the first run after a restart of the server.
set -u
export LC_ALL=C

counters='Queries Connections Slow_queries Bytes_received Bytes_sent Com_select Com_insert Com_update Com_delete'
counters="$counters Aborted_clients Aborted_connects Created_tmp_disk_tables Innodb_buffer_pool_read_requests Innodb_buffer_pool_reads Innodb_row_lock_waits"
gauges='Uptime Threads_connected Threads_running Max_used_connections Open_tables'
gauges="$gauges Innodb_buffer_pool_pages_total Innodb_buffer_pool_pages_free Innodb_buffer_pool_pages_dirty"

die() {
  printf '%s' "$*" | tr -s '[:space:]' ' ' >&2
  echo >&2
  exit 1
}
limit() { # limit SECONDS COMMAND...
  if command -v timeout >/dev/null; then timeout "$@"; else shift && "$@"; fi
}

client=$(command -v mysql || command -v mariadb) || die "neither mysql nor mariadb is installed; install the package mariadb-client or mysql-client"
last_end=${1:-0}

set -- --connect-timeout=10 --batch --skip-column-names
[ -z "${MYSQL_DEFAULTS_FILE:-}" ] || set -- "--defaults-file=$MYSQL_DEFAULTS_FILE" "$@" # the client accepts it as its first argument only
[ -z "${MYSQL_HOST:-}" ] || set -- "$@" "--host=$MYSQL_HOST"
[ -z "${MYSQL_PORT:-}" ] || set -- "$@" "--port=$MYSQL_PORT"
[ -z "${MYSQL_SOCKET:-}" ] || set -- "$@" "--socket=$MYSQL_SOCKET"
[ -z "${MYSQL_USER:-}" ] || set -- "$@" "--user=$MYSQL_USER"
if [ -n "${MYSQL_PASSWORD:-}" ]; then export MYSQL_PWD="$MYSQL_PASSWORD"; fi

status=$(limit 20 "$client" "$@" -e 'SHOW GLOBAL STATUS' 2>&1) || die "MySQL gives no status: ${status:-no answer}"

{
  [ "$last_end" = 0 ] || cat # what the last run printed
  echo --
  printf '%s\n' "$status"
} | awk -v counters="$counters" -v gauges="$gauges" -v elapsed="$(($(date +%s) - last_end))" '
  $1 == "--" { isNow = 1; next }
  isNow { now[$1] = $2; next }
  { last[$1] = $2 }
  END {
    n = split(gauges, name)
    for (i = 1; i <= n; i++) if (now[name[i]] ~ /^[0-9.]+$/) print name[i], now[name[i]]
    isSameServer = elapsed > 0 && last["Uptime"] != "" && now["Uptime"] + 0 >= last["Uptime"] + 0
    n = split(counters, name)
    for (i = 1; i <= n; i++) {
      if (now[name[i]] !~ /^[0-9]+$/) continue
      print name[i], now[name[i]]
      grown = now[name[i]] - last[name[i]]
      if (isSameServer && last[name[i]] != "" && grown >= 0) printf "%s_per_second %.3f\n", name[i], grown / elapsed
    }
  }'

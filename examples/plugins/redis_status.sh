#!/bin/sh
# Redis or Valkey: figures of INFO under their own names, dbN_keys and dbN_expires, the share of
# reads that found their key, and NAME_per_second for each counter.
#
#   REDIS_HOST REDIS_PORT   default: 127.0.0.1, 6379
#   REDIS_SOCKET            instead of them: the path of the server's socket
#   REDIS_USER              default: the user `default`
#   REDIS_PASSWORD          passed on in the environment, never as an argument
#
# Needs redis-cli (5.0.9 or newer for a password) or valkey-cli, and a user that may call INFO:
#   ACL SETUSER monitor on >... +info
# The first run gives no rates, and neither does the first run after a restart of the server.
set -u
export LC_ALL=C

counters='total_commands_processed total_connections_received rejected_connections total_net_input_bytes total_net_output_bytes'
counters="$counters keyspace_hits keyspace_misses expired_keys evicted_keys"
gauges='uptime_in_seconds connected_clients blocked_clients instantaneous_ops_per_sec used_memory used_memory_rss maxmemory'
gauges="$gauges mem_fragmentation_ratio rdb_changes_since_last_save connected_slaves"

die() {
  printf '%s' "$*" | tr -s '[:space:]' ' ' >&2
  echo >&2
  exit 1
}
limit() { # limit SECONDS COMMAND...
  if command -v timeout >/dev/null; then timeout "$@"; else shift && "$@"; fi
}

client=$(command -v redis-cli || command -v valkey-cli) || die "neither redis-cli nor valkey-cli is installed; install the package redis-tools"
last_end=${1:-0}

if [ -n "${REDIS_SOCKET:-}" ]; then
  set -- -s "$REDIS_SOCKET"
else
  set -- -h "${REDIS_HOST:-127.0.0.1}" -p "${REDIS_PORT:-6379}"
fi
[ -z "${REDIS_USER:-}" ] || set -- "$@" --user "$REDIS_USER"
if [ -n "${REDIS_PASSWORD:-}" ]; then export REDISCLI_AUTH="$REDIS_PASSWORD"; fi

info=$(limit 20 "$client" "$@" INFO 2>&1) || die "Redis gives no INFO: ${info:-no answer}"
case $info in
*redis_version:*) ;; # an error, such as NOAUTH, ends redis-cli with status 0
*) die "Redis gives no INFO: ${info:-no answer}" ;;
esac

{
  [ "$last_end" = 0 ] || cat # what the last run printed
  echo --
  printf '%s\n' "$info" | tr -d '\r' | tr ':' ' '
} | awk -v counters="$counters" -v gauges="$gauges" -v elapsed="$(($(date +%s) - last_end))" '
  $1 == "--" { isNow = 1; next }
  isNow && $1 ~ /^db[0-9]+$/ { # db0 keys=1,expires=0,avg_ttl=0
    split($2, field, /[=,]/)
    databases = databases $1 "_keys " field[2] "\n" $1 "_expires " field[4] "\n"
    next
  }
  isNow { now[$1] = $2; next }
  { last[$1] = $2 }
  END {
    n = split(gauges, name)
    for (i = 1; i <= n; i++) if (now[name[i]] ~ /^[0-9.]+$/) print name[i], now[name[i]]
    if (now["role"] == "slave") print "master_link_up", (now["master_link_status"] == "up") + 0
    printf "%s", databases
    isSameServer = elapsed > 0 && last["uptime_in_seconds"] != "" && now["uptime_in_seconds"] + 0 >= last["uptime_in_seconds"] + 0
    n = split(counters, name)
    for (i = 1; i <= n; i++) {
      if (now[name[i]] !~ /^[0-9]+$/) continue
      print name[i], now[name[i]]
      grown[name[i]] = now[name[i]] - last[name[i]]
      if (isSameServer && last[name[i]] != "" && grown[name[i]] >= 0) printf "%s_per_second %.3f\n", name[i], grown[name[i]] / elapsed
    }
    reads = grown["keyspace_hits"] + grown["keyspace_misses"] # since the last run
    if (isSameServer && reads > 0) printf "keyspace_hit_percent %.2f\n", 100 * grown["keyspace_hits"] / reads
  }'

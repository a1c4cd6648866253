#!/bin/sh
# MongoDB: figures of serverStatus (connections, operations, documents, network, memory, cache,
# queues), and NAME_per_second for each counter.
#
#   MONGO_HOST MONGO_PORT   default: 127.0.0.1, 27017
#   MONGO_USER MONGO_PASSWORD MONGO_AUTH_DB MONGO_AUTH_MECHANISM
#       a login, if needed; MONGO_AUTH_DB defaults to admin
#   MONGO_URL               instead of all of these: a whole connection string (mongodb+srv://,
#                           TLS, replica sets)
#
# Needs mongosh, which takes all of this from the environment, so that no password is an argument;
# or the old mongo, without a login. Needs a user with the right to ask:
#   db.getSiblingDB("admin").createUser({user: "monitor", pwd: passwordPrompt(), roles: ["clusterMonitor"]})
# mongosh takes a second of CPU to start, so use interval = 1m or more. The first run gives no
# rates, and neither does the first run after a restart of the server.
set -u
export LC_ALL=C

die() {
  printf '%s' "$*" | tr -s '[:space:]' ' ' >&2
  echo >&2
  exit 1
}
limit() { # limit SECONDS COMMAND...
  if command -v timeout >/dev/null; then timeout "$@"; else shift && "$@"; fi
}

connect='
  const { MONGO_URL, MONGO_HOST, MONGO_PORT, MONGO_USER, MONGO_PASSWORD, MONGO_AUTH_DB, MONGO_AUTH_MECHANISM } = process.env;
  const word = encodeURIComponent;
  const login = MONGO_USER ? word(MONGO_USER) + (MONGO_PASSWORD ? ":" + word(MONGO_PASSWORD) : "") + "@" : "";
  const options = ["serverSelectionTimeoutMS=10000", "directConnection=true"];
  if (MONGO_USER) options.push("authSource=" + word(MONGO_AUTH_DB || "admin"));
  if (MONGO_AUTH_MECHANISM) options.push("authMechanism=" + word(MONGO_AUTH_MECHANISM));
  db = connect(MONGO_URL || "mongodb://" + login + (MONGO_HOST || "127.0.0.1") + ":" + (MONGO_PORT || 27017) + "/admin?" + options.join("&"));
'
# Works in mongosh and in the old mongo.
report='
  var status = db.adminCommand({ serverStatus: 1 });
  if (!status.ok) throw new Error(status.errmsg);
  var show = function (name, value, divisor) { // a figure that this server lacks is left out
    if (value !== undefined && value !== null && isFinite(Number(value))) print(name + " " + Number(value) / (divisor || 1));
  };
  var part = function (parent, name) { return (parent && parent[name]) || {}; };
  var all = function (prefix, group, names) { names.forEach(function (name) { show(prefix + "." + name, group[name]); }); };
  var metrics = part(status, "metrics");
  var cache = part(status.wiredTiger, "cache");
  show("uptime_s", status.uptime);
  all("connections", part(status, "connections"), ["current", "available", "totalCreated"]);
  all("opcounters", part(status, "opcounters"), ["insert", "query", "update", "delete", "getmore", "command"]);
  all("document", part(metrics, "document"), ["inserted", "returned", "updated", "deleted"]);
  all("network", part(status, "network"), ["bytesIn", "bytesOut", "numRequests"]);
  all("asserts", part(status, "asserts"), ["regular", "warning", "msg", "user"]);
  all("queue", part(status.globalLock, "currentQueue"), ["readers", "writers"]);
  all("clients", part(status.globalLock, "activeClients"), ["readers", "writers"]);
  show("cursors.open", part(metrics.cursor, "open").total);
  show("cursors.timedOut", part(metrics, "cursor").timedOut);
  show("memory.resident_mb", part(status, "mem").resident);
  show("memory.virtual_mb", part(status, "mem").virtual);
  show("page_faults", part(status, "extra_info").page_faults);
  show("cache.used_mb", cache["bytes currently in the cache"], 1048576);
  show("cache.dirty_mb", cache["tracked dirty bytes in the cache"], 1048576);
  show("cache.max_mb", cache["maximum bytes configured"], 1048576);
  if (status.repl) show("is_primary", Number(Boolean(status.repl.isWritablePrimary || status.repl.ismaster)));
'

last_end=${1:-0}
if command -v mongosh >/dev/null; then
  set -- mongosh --quiet --norc --nodb --eval "$connect$report"
elif ! command -v mongo >/dev/null; then
  die "mongosh is not installed; install the package mongodb-mongosh of MongoDB's own repository"
elif [ -n "${MONGO_URL:-}${MONGO_USER:-}${MONGO_PASSWORD:-}" ]; then
  die "mongo takes a login only as an argument, which every user could read in the process list; install mongosh"
else
  set -- mongo --quiet --norc --host "${MONGO_HOST:-127.0.0.1}" --port "${MONGO_PORT:-27017}" --eval "$report"
fi

reason() { # the error in the output of mongosh, without a login that an address may contain
  sed 's|//[^ ]*@|//|g' | awk '/Error/ && !error { error = $0 } { all = all $0 " " } END { print error ? error : all }'
}
status=$(limit 25 "$@" 2>&1) || die "MongoDB gives no status: $(printf '%s\n' "${status:-no answer}" | reason)"

{
  [ "$last_end" = 0 ] || cat # what the last run printed
  echo --
  printf '%s\n' "$status"
} | awk -v elapsed="$(($(date +%s) - last_end))" '
  $1 == "--" { isNow = 1; next }
  NF != 2 || $1 !~ /^[A-Za-z_.]+$/ || $2 !~ /^[0-9][0-9.e+-]*$/ { next } # a warning of the client
  !isNow { last[$1] = $2; next }
  { print }
  $1 == "uptime_s" { isSameServer = elapsed > 0 && $1 in last && $2 >= last[$1] + 0 }
  isSameServer && $1 ~ /^(opcounters|document|network|asserts)\.|^(connections.totalCreated|cursors.timedOut|page_faults)$/ && $1 in last && $2 >= last[$1] + 0 {
    printf "%s_per_second %.3f\n", $1, ($2 - last[$1]) / elapsed
  }'

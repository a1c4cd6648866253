#!/bin/sh
# nginx: connections and requests from its stub_status page, and NAME_per_second for each counter.
#
#   NGINX_STATUS_URL   default: http://127.0.0.1/nginx_status
#
# Needs curl or wget, and in a server block of nginx:
#   location = /nginx_status { stub_status; access_log off; allow 127.0.0.1; deny all; }
# The URL is visible in the process list, so a URL with a login is refused: allow addresses
# instead, as above. The first run gives no rates, and neither does the first run after a restart
# of nginx.
set -u
export LC_ALL=C

url=${NGINX_STATUS_URL:-http://127.0.0.1/nginx_status}
last_end=${1:-0}

die() {
  printf '%s' "$*" | tr -s '[:space:]' ' ' >&2
  echo >&2
  exit 1
}
limit() { # limit SECONDS COMMAND...
  if command -v timeout >/dev/null; then timeout "$@"; else shift && "$@"; fi
}

case ${url#*://} in
*@*) die "NGINX_STATUS_URL holds a login, which every user could read in the process list; let nginx allow the agent's address instead" ;;
esac

if command -v curl >/dev/null; then
  page=$(limit 20 curl --silent --show-error --fail "$url" 2>&1)
elif command -v wget >/dev/null; then
  page=$(limit 20 wget -q -O - "$url" 2>&1)
else
  die "neither curl nor wget is installed; install one of them"
fi || die "no answer from $url: ${page:-is nginx running, and does it have this page?}"

numbers=$(printf '%s\n' "$page" | awk '
  /^Active connections: [0-9]+/ { print "connections.active", $3; found++ }
  /^ *[0-9]+ +[0-9]+ +[0-9]+ *$/ { print "accepts", $1; print "handled", $2; print "requests", $3; print "dropped", $1 - $2; found++ }
  /^Reading: / { print "connections.reading", $2; print "connections.writing", $4; print "connections.waiting", $6; found++ }
  END { exit found != 3 }') || die "$url does not show a stub_status page; write 'stub_status;' into its location"

{
  [ "$last_end" = 0 ] || cat # what the last run printed
  echo --
  printf '%s\n' "$numbers"
} | awk -v elapsed="$(($(date +%s) - last_end))" '
  $1 == "--" { isNow = 1; next }
  isNow { print; now[$1] = $2; next }
  { last[$1] = $2 }
  END {
    if (elapsed <= 0 || last["requests"] == "" || now["requests"] + 0 < last["requests"] + 0) exit
    n = split("accepts handled requests dropped", name)
    for (i = 1; i <= n; i++) if (now[name[i]] >= last[name[i]] + 0) printf "%s_per_second %.3f\n", name[i], (now[name[i]] - last[name[i]]) / elapsed
  }'

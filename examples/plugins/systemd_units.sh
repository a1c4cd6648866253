#!/bin/sh
# systemd: the number of units in each state, the number of failed units, and whether the important
# ones are up.
#
#   SYSTEMD_UNITS   units to watch, separated by spaces, such as "nginx ssh.socket". Each reports
#                   up.NAME 1 or 0 (1: active or reloading). `.service` may be left out. A unit
#                   that does not exist is not up
#
# Needs systemctl and a running systemd, and no privilege.
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

command -v systemctl >/dev/null || die "systemctl is not installed: this system does without systemd"
units=$(limit 20 systemctl list-units --all --full --plain --no-legend --no-pager 2>&1) || die "systemd lists no units: ${units:-no answer}"

printf '%s\n' "$units" | awk '
  BEGIN { states = split("active inactive failed activating deactivating reloading", state) }
  NF >= 4 && $2 != "not-found" { # UNIT LOAD ACTIVE SUB DESCRIPTION
    total++
    count[$3]++
    isUp[$1] = $3 == "active" || $3 == "reloading"
    if ($1 ~ /\.service$/ && $4 == "running") servicesRunning++
    if ($1 ~ /\.service$/ && $3 == "failed") servicesFailed++
  }
  END {
    if (total == 0) exit 1
    print "units.total", total
    for (i = 1; i <= states; i++) print "units." state[i], count[state[i]] + 0
    print "services.running", servicesRunning + 0
    print "services.failed", servicesFailed + 0
    n = split(ENVIRON["SYSTEMD_UNITS"], unit, " ") # awk -v would change its backslashes
    for (i = 1; i <= n; i++) {
      name = unit[i]
      if (name !~ /\.(service|socket|timer|mount|automount|path|target|slice|scope|swap|device)$/) name = name ".service"
      up = isUp[name] + 0
      gsub(/[^A-Za-z0-9_-]/, "_", unit[i])
      print "up." unit[i], up
    }
  }' || die "systemd lists no units"

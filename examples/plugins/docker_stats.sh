#!/bin/sh
# Docker: the number of running containers, and for each: CPU, memory, network, block device,
# processes, as `docker stats` shows them. A container `web.1` reports under `web_1`. A megabyte is
# 1,048,576 bytes. docker shows 3 or 4 digits, and so does this script.
#
#   DOCKER_HOST DOCKER_CONTEXT DOCKER_CONFIG ...   all variables that docker itself reads
#
# Needs docker, and the right to ask its daemon: the agent's user must be in the group docker,
# which has the same power as root. A run takes 2 s, because docker itself measures that long.
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

command -v docker >/dev/null || die "docker is not installed; install the package docker.io or docker-ce-cli"
format='{{.Name}}|{{.CPUPerc}}|{{.MemUsage}}|{{.MemPerc}}|{{.NetIO}}|{{.BlockIO}}|{{.PIDs}}'
stats=$(limit 25 docker stats --no-stream --format "$format" 2>&1) || die "Docker gives no stats: ${stats:-no answer}"

printf '%s\n' "$stats" | awk -F '[|]' '
  BEGIN {
    split("B kB KB MB GB TB PB", decimal, " ")
    split("1 1000 1000 1e6 1e9 1e12 1e15", decimalBytes, " ")
    for (i in decimal) bytes[decimal[i]] = decimalBytes[i]
    split("KiB MiB GiB TiB PiB", binary, " ")
    for (i in binary) bytes[binary[i]] = 1024 ^ i
  }
  function percent(name, text) {
    if (text ~ /^[0-9.]+%$/) printf "%s %s\n", name, substr(text, 1, length(text) - 1)
  }
  function megabytes(name, text,  unit) { # 1.5GiB; docker prints -- for an unknown value
    gsub(/ /, "", text)
    unit = text
    sub(/^[0-9.]+(e[+]?[0-9]+)?/, "", unit)
    if (unit != text && unit in bytes) printf "%s %.3f\n", name, text * bytes[unit] / 1048576
  }
  function both(first, second, text,  part) { # 1.2kB / 0B
    split(text, part, "/")
    megabytes(first, part[1])
    megabytes(second, part[2])
  }
  NF != 7 || $1 == "--" { next } # a warning, or a container that has just ended
  {
    name = $1
    gsub(/[^A-Za-z0-9_-]/, "_", name)
    running++
    percent(name ".cpu_percent", $2)
    both(name ".memory_mb", name ".memory_limit_mb", $3)
    percent(name ".memory_percent", $4)
    both(name ".net.received_mb", name ".net.sent_mb", $5)
    both(name ".block.read_mb", name ".block.written_mb", $6)
    if ($7 ~ /^[0-9]+$/) print name ".processes", $7
  }
  END { print "running", running + 0 }'

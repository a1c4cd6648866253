#!/bin/sh
# Installs the agent from the folder that this script is in, and uninstalls it. It brings its own
# Node.js along and downloads nothing.
#
#   ./install.sh [--prefix DIR]     as root below /opt/instrument_server, else below ~/.local
#   ./install.sh --uninstall [--purge] [--prefix DIR]
#
# --purge also removes the state: samples that wait, and what plugins printed last. It keeps a state
# that is another user's, or that a package or a service of the system uses too.
set -eu
umask 022
PATH=/usr/bin:/bin:${PATH:-}
name=instrument_server

fail() {
  printf '%s\n' "install.sh: $*" >&2
  exit 1
}

here=$(cd "$(dirname "$0")" && pwd)
if [ "$(id -u)" = 0 ]; then prefix=/opt/$name; else prefix=${HOME:?HOME is not set}/.local; fi
action=install
purge=
while [ $# -gt 0 ]; do
  case $1 in
    --prefix) [ $# -ge 2 ] || fail '--prefix needs a folder'; prefix=$2; shift ;;
    --prefix=*) prefix=${1#*=} ;;
    --uninstall) action=uninstall ;;
    --purge) purge=yes ;;
    --help | -h) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) fail "$1: there are --prefix DIR, --uninstall and --purge" ;;
  esac
  shift
done
case $prefix in
  /*) ;;
  *) prefix=$PWD/$prefix ;;
esac
program=$prefix/lib/$name
# As the agent itself finds it: a path that is not absolute does not count.
case ${XDG_STATE_HOME:-} in
  /*) state=$XDG_STATE_HOME/$name ;;
  *) if [ "$(id -u)" = 0 ]; then state=/var/lib/$name; else state=$HOME/.local/state/$name; fi ;;
esac
local=/usr/local # where root, who installs outside of PATH, makes links to what other programs look for
link=$local/bin/$name

# The first line of a script takes no path with a blank, and no long one; the `sed` that writes it
# takes none of the other three.
case $program in
  *[[:space:]]*) fail "$prefix has a blank in it; choose another folder with --prefix DIR" ;;
  *[\&\|\\]*) fail "$prefix has one of the characters & | \\ in it; choose another folder with --prefix DIR" ;;
esac
[ ${#program} -lt 110 ] || fail "$prefix is too long; choose a folder of at most 85 characters with --prefix DIR"

# shared_files: the installed files that other programs, such as man, look for below share/
shared_files() {
  sed -n 's|^\./share/|share/|p' "$program/files" | grep -v '^share/doc/' || :
}

# keep_list NAME LINE...: adds the lines to the list of that name, each once.
keep_list() {
  list=$program/$1
  shift
  { printf '%s\n' "$@"; [ ! -f "$list" ] || cat "$list"; } | sort -u >"$list.new"
  mv "$list.new" "$list"
}

# no_agent_runs: ends this script unless it is known that no agent runs.
no_agent_runs() {
  command=$prefix/bin/$name
  "$command" --version >/dev/null 2>&1 ||
    fail "$command can't be run, so it is not known whether its agent runs; install it again, and then uninstall it: $here/install.sh --prefix $prefix"
  said=$("$command" status 2>&1 >/dev/null) && asked=0 || asked=$?
  case $asked in
    3) ;;
    0) fail "the agent runs; stop it first: $command stop" ;;
    1) fail "an agent runs, but does not answer as it should; end it first, with $command stop or, if that fails, kill: $said" ;;
    *) fail "it is not known whether an agent runs; correct this first: $said" ;;
  esac
}

# keeps_state: why --purge keeps the state; nothing if it can be removed. A package or a service of
# the system has its state in the same folder as root has.
keeps_state() {
  unit=/etc/systemd/system/$name.service
  if [ "$state" = /var/lib/$name ] && [ -e /usr/lib/$name/agent/dist/main.js ]; then
    echo "the package in /usr/lib/$name uses it"
  elif [ "$state" = /var/lib/$name ] && [ -e "$unit" ]; then
    echo "the service of $unit uses it"
  elif [ -e "$state" ] && [ "$(stat -c %u "$state")" != "$(id -u)" ]; then
    echo "it belongs to another user"
  fi
}

uninstall() {
  [ -f "$program/files" ] || fail "nothing is installed in $prefix; if it is elsewhere, add --prefix DIR"
  no_agent_runs
  shared_files | while read -r path; do
    if [ "$(readlink "$local/$path" 2>/dev/null)" = "$prefix/$path" ]; then rm -f "$local/$path"; fi
  done
  # What is in the list and no more: other programs may share the folders.
  while read -r path; do rm -f "$prefix/$path"; done <"$program/files"
  rm -f "$program/files"
  sort -r "$program/folders" >"$program/folders.sorted"
  rm -f "$program/folders"
  list=$(cat "$program/folders.sorted")
  rm -f "$program/folders.sorted"
  for folder in $list; do rmdir "$prefix/$folder" 2>/dev/null || :; done
  if [ "$(readlink "$link" 2>/dev/null)" = "$prefix/bin/$name" ]; then rm -f "$link"; fi
  reason=$(keeps_state)
  if [ -n "$purge" ] && [ -n "$reason" ]; then
    rmdir "$prefix" 2>/dev/null || :
    echo "removed from $prefix; the state in $state is kept, because $reason"
  elif [ -n "$purge" ]; then
    rm -rf "$state"
    rmdir "$(dirname "$state")" "$prefix" 2>/dev/null || :
    echo "removed from $prefix, and the state in $state"
  else
    echo "removed from $prefix; the state in $state is kept"
  fi
}

install() {
  command -v sha256sum >/dev/null || fail 'sha256sum is missing; install coreutils or busybox'
  (cd "$here" && sha256sum -c SHA256SUMS >/dev/null 2>&1) ||
    fail "a file in $here is not as it was packed; unpack the archive again, or download it again"
  "$here/files/lib/$name/bin/node" -e 'require("node:sqlite")' >/dev/null 2>&1 ||
    fail "this is the package for @MACHINE@, and it does not run here ($(uname -m)); it needs glibc 2.28 or newer, and libstdc++"
  mkdir -p "$prefix" || fail "$prefix can't be made; choose another folder with --prefix DIR"
  (cd "$here/files" && find . -type d) | while read -r folder; do mkdir -p "$prefix/$folder"; done
  # These lists come first, and keep what an older version has put there: whatever ends an
  # installation early, all of it can be uninstalled.
  keep_list files "$(cd "$here/files" && find . -type f)" "./bin/$name"
  keep_list folders "$(cd "$here/files" && find . -type d)" ./bin
  # A program that runs, or starts now, is whole: each new file gets the old one's name when it is.
  (cd "$here/files" && find . -type f) | while read -r path; do
    case $path in
      */agent/dist/main.js) sed "1s|.*|#!$program/bin/node|" "$here/files/$path" >"$prefix/$path.new" ;;
      *) cp "$here/files/$path" "$prefix/$path.new" ;;
    esac && chmod "$(stat -c %a "$here/files/$path")" "$prefix/$path.new" &&
      mv "$prefix/$path.new" "$prefix/$path" || exit 1
  done || fail "$prefix can't be written"
  mkdir -p "$prefix/bin"
  ln -sfn "../lib/$name/agent/dist/main.js" "$prefix/bin/$name"
  command=$prefix/bin/$name
  if [ "$(id -u)" = 0 ] && [ "$prefix" = /opt/$name ] && [ ! -e "$link" ]; then
    mkdir -p "$local/bin" && ln -s "$prefix/bin/$name" "$link"
  fi
  if [ "$(id -u)" = 0 ] && [ "$prefix" = /opt/$name ]; then
    shared_files | while read -r path; do
      [ -e "$local/$path" ] || { mkdir -p "$local/${path%/*}" && ln -sfn "$prefix/$path" "$local/$path"; } || :
    done
  fi
  echo "installed: $("$command" --version) in $prefix"
  case $(command -v $name) in
    '') echo "to type only $name: PATH=$prefix/bin:\$PATH" ;;
  esac
  echo "to uninstall it: $here/install.sh --uninstall$([ "$prefix" = "${HOME:-}/.local" ] || [ "$prefix" = /opt/$name ] || echo " --prefix $prefix")"
}

"$action"

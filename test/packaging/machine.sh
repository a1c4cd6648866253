#!/bin/sh
# machine.sh systemd|none: a throw-away machine, for as long as stdin is open. It sees a copy of this one's files, and what it writes is in memory only; processes,
# mounts, host name and control groups are its own, the network is shared. With `systemd`, that is its process 1. Prints `outer PID`, the parent of
# its process 1, and then `ready`, or a line that begins with `no ` and says what is not possible here.
set -eu
init=$1

if [ "${2:-}" != inside ]; then
  group=
  if [ "$init" = systemd ]; then
    tree=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
    group=$tree/instrument-test-$$
    { [ -n "$tree" ] && mkdir "$group"; } 2>/dev/null || { echo 'no control group of its own'; exit 0; }
  fi
  sh -c 'if [ -n "$1" ]; then echo $$ > "$1/cgroup.procs"; fi; exec unshare --mount --pid --uts --ipc --cgroup --fork --kill-child sh "$2" "$3" inside' - "$group" "$0" "$init" </dev/null &
  outer=$!
  echo "outer $outer"
  cat >/dev/null
  exec 2>/dev/null
  ps -o pid= --ppid $outer | xargs kill -KILL || kill -KILL $outer # its process 1, and all others go down with it
  wait $outer || true
  while [ -n "$group" ] && [ -d "$group" ]; do
    find "$group" -depth -type d -exec rmdir {} + || sleep 0.1 # they are gone, or about to be
  done
  exit 0
fi

work=/mnt
mount -t tmpfs -o mode=0755 machine $work
root=$work/root
mkdir "$root" $work/upper $work/work
mount -t overlay -o lowerdir=/,upperdir=$work/upper,workdir=$work/work machine "$root" 2>/dev/null || { echo 'no overlay file system'; exit 0; }
cd "$root"
for folder in dev run tmp; do mount -t tmpfs -o mode=0755 machine $folder; done
chmod 1777 tmp
mkdir dev/shm dev/pts run/lock
chmod 1777 dev/shm
for node in null zero full random urandom tty; do : >dev/$node; mount --bind /dev/$node dev/$node; done
ln -s /proc/self/fd dev/fd
ln -s fd/0 dev/stdin; ln -s fd/1 dev/stdout; ln -s fd/2 dev/stderr
mount -t proc proc proc
mount --bind proc/sys proc/sys # the kernel's settings are everybody's
mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup 2>/dev/null || [ "$init" = none ] || { echo 'no cgroup2'; exit 0; }

rm -f usr/sbin/policy-rc.d # where it is there, it forbids packages to start services
for target in basic local-fs multi-user sockets sysinit timers; do rm -rf usr/lib/systemd/system/$target.target.wants etc/systemd/system/$target.target.wants; done
printf '[Unit]\nWants=systemd-journald.service\n' >etc/systemd/system/machine.target
hostname machine
mkdir -p before
pivot_root . before
umount -l /before
echo ready
case $init in
  systemd) exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --system --unit=machine.target --log-target=journal ;;
  none) exec sleep infinity ;;
esac

#!/bin/sh
# machine.sh TREE rw|ro PREPARE PROCESS1: a machine with the files of TREE, for as long as its process 1 runs. What it
# writes is in memory only. Processes, mounts, host name and network are its own; the network is the loopback alone.
# Runs the shell script PREPARE in it, then prints `ready`, then becomes the shell script PROCESS1. `ro`: the root file
# system is read-only by then.
set -eu
tree=$1 access=$2 prepare=$3 first=$4
if [ "${5:-}" != inside ]; then
  exec unshare --mount --pid --uts --ipc --net --fork --kill-child sh "$0" "$tree" "$access" "$prepare" "$first" inside
fi

ip link set lo up
mount -t tmpfs -o mode=0755 machine /mnt
mkdir /mnt/root /mnt/upper /mnt/work
mount -t overlay -o "lowerdir=$tree,upperdir=/mnt/upper,workdir=/mnt/work" machine /mnt/root
cd /mnt/root
mkdir before
for folder in dev run; do mount -t tmpfs -o mode=0755 machine $folder; done
mkdir dev/shm dev/pts run/lock
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
chmod 1777 dev/shm tmp
for node in null zero full random urandom tty; do : >dev/$node; mount --bind /dev/$node dev/$node; done
ln -s /proc/self/fd dev/fd
ln -s fd/0 dev/stdin; ln -s fd/1 dev/stdout; ln -s fd/2 dev/stderr
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
hostname machine
pivot_root . before
umount -l /before
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8
cd /
rmdir /before
sh -ec "$prepare"
[ "$access" = rw ] || mount -o remount,bind,ro /
echo ready
exec sh -ec "$first"

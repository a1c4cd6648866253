import type { HostFiles } from '../io/disk/host-files.ts';
import { err, ok, type Result } from '../model/result.ts';

/**
 * One mount. `number`: the device's `major:minor`. `root`: the part of the file system that is
 * mounted, which is `/` except for bind mounts.
 */
export type Mount = {
  readonly number: string;
  readonly root: string;
  readonly mountPoint: string;
  readonly isReadOnly: boolean;
  readonly type: string;
  readonly source: string;
};

/** A disk that is reported as `disk.NAME.*`, under each of its names. */
export type Disk = {
  readonly names: readonly string[];
  readonly mountPoint: string;
  readonly number: string;
  readonly source: string;
};

/**
 * Parses `/proc/self/mountinfo`, in its order. This file has device numbers; `/proc/mounts` has
 * none, and names the root device `/dev/root` on some hosts. Malformed lines are left out; an
 * error if no line is left.
 */
export function parseMounts(text: string): Result<readonly Mount[], string> {
  const mounts = text.split('\n').flatMap((line) => {
    const words = line.split(' '); // by single spaces: a source may be empty
    const [, , number, root, mountPoint, options] = words;
    const separator = words.indexOf('-', 6);
    const [type, source] = words.slice(separator + 1);
    if (separator < 0 || !number || !root || !mountPoint || !options || !type || source === undefined) return [];
    const isReadOnly = options.split(',').includes('ro');
    return [
      { number, root: unescaped(root), mountPoint: unescaped(mountPoint), isReadOnly, type, source: unescaped(source) },
    ];
  });
  return mounts.length > 0 ? ok(mounts) : err('it has no line that describes a mount');
}

/** Reads `/proc/self/mountinfo`. */
export function readMounts(files: HostFiles): Result<readonly Mount[], string> {
  const text = files.read('self/mountinfo');
  return text.ok ? parseMounts(text.value) : text;
}

function unescaped(word: string): string {
  return word.replace(/\\([0-3][0-7]{2})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)));
}

const imageTypes = new Set(['squashfs', 'iso9660', 'cramfs', 'romfs', 'erofs']);

/**
 * Returns the disks among the mounts: `/` in any case, devices (`/dev/…`), and tmpfs. Left out:
 * - read-only images (squashfs as snaps use it, iso9660, cramfs, romfs, erofs), which are always
 *   full. Other file systems on loop devices are disks;
 * - tmpfs mounted read-only: containers and service managers hide folders with it, and no process
 *   can fill it;
 * - FUSE that only names `/dev/fuse`, and everything on the network.
 *
 * A device or tmpfs is one disk, however often it is mounted. Its mount is `/` if it has that one,
 * otherwise the first that shows the whole file system, otherwise its first. If several mounts
 * have the same mount point, only the last is visible. No two disks share a name; the
 * disk at `/` has `root` before any other.
 */
export function disksAmong(mounts: readonly Mount[]): readonly Disk[] {
  const visible = new Map(mounts.map((mount) => [mount.mountPoint, mount]));
  const candidates = [...visible.values()].filter(isDisk).sort((a, b) => rank(a) - rank(b)); // the sort is stable
  const seen = new Set<string>();
  const usedNames = new Set<string>();
  const disks: Disk[] = [];
  for (const mount of candidates) {
    const identity = identityOf(mount);
    const names = [...new Set(namesOf(mount))].filter((name) => !usedNames.has(name));
    if (seen.has(identity) || names.length === 0) continue;
    seen.add(identity);
    for (const name of names) usedNames.add(name);
    disks.push({ names, mountPoint: mount.mountPoint, number: mount.number, source: mount.source });
  }
  return disks;
}

function isDisk(mount: Mount): boolean {
  if (mount.mountPoint === '/') return true;
  if (mount.mountPoint.endsWith('//deleted')) return false; // the kernel's mark for a mount point that was removed
  if (mount.type === 'tmpfs') return !mount.isReadOnly;
  return isDevice(mount) && !imageTypes.has(mount.type);
}

function isDevice(mount: Mount): boolean {
  return mount.source.startsWith('/dev/') && mount.type !== 'fuse' && !mount.type.startsWith('fuse.');
}

function rank(mount: Mount): number {
  return mount.mountPoint === '/' ? 0 : mount.root === '/' ? 1 : 2;
}

function identityOf(mount: Mount): string {
  const hasOwnNumber = !mount.number.startsWith('0:');
  return isDevice(mount) && !hasOwnNumber ? mount.source : mount.number; // btrfs: one device can have two numbers 0:N
}

function namesOf(mount: Mount): readonly string[] {
  const names = mount.mountPoint === '/' ? ['root'] : [];
  if (isDevice(mount)) return [...names, diskName(mount.source)];
  return mount.mountPoint === '/' ? names : [tmpfsName(mount.mountPoint)];
}

/**
 * Returns a device's base name as a segment of a metric name: `vg-root` for `/dev/mapper/vg-root`.
 * Characters that a segment can't have become `_`.
 */
export function diskName(device: string): string {
  return device.replace(/^.*\//s, '').replace(/[^A-Za-z0-9_-]/gu, '_') || '_';
}

/**
 * Returns the name of the tmpfs at `mountPoint`: `tmpfs_dev_shm` for `/dev/shm`. Each run of
 * characters other than letters and digits becomes one `_`.
 */
export function tmpfsName(mountPoint: string): string {
  return `tmpfs_${mountPoint}`.replace(/[^A-Za-z0-9]+/g, '_');
}

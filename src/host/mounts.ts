import type { HostFiles } from '../io/disk/host-files.ts';
import { err, ok, type Result } from '../model/result.ts';

/** One mount. `number`: the device's `major:minor`. `root`: which part of the file system is mounted, `/` but for bind mounts. */
export type Mount = {
  readonly number: string;
  readonly root: string;
  readonly mountPoint: string;
  readonly isReadOnly: boolean;
  readonly type: string;
  readonly source: string;
};

/** What is reported as `disk.NAME.*`, under each of its names. */
export type Disk = {
  readonly names: readonly string[];
  readonly mountPoint: string;
  readonly number: string;
  readonly source: string;
};

/**
 * `/proc/self/mountinfo`, in its order. It is taken for its device numbers: `/proc/mounts` has none, and names the root
 * device `/dev/root` on some hosts. Lines that are none are left out; an error if none is left.
 */
export function parseMounts(text: string): Result<readonly Mount[], string> {
  const mounts = text.split('\n').flatMap((line) => {
    const words = line.split(' '); // one blank each: a source may be empty
    const [, , number, root, mountPoint, options] = words;
    const separator = words.indexOf('-', 6);
    const [type, source] = words.slice(separator + 1);
    if (separator < 0 || !number || !root || !mountPoint || !options || !type || source === undefined) return [];
    const isReadOnly = options.split(',').includes('ro');
    return [
      { number, root: unescaped(root), mountPoint: unescaped(mountPoint), isReadOnly, type, source: unescaped(source) },
    ];
  });
  return mounts.length > 0 ? ok(mounts) : err('there is no line in it that describes a mount');
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
 * The disks among the mounts: `/` whatever it is, devices (`/dev/…`), and tmpfs. Left out, as noise or as no disks:
 * - read-only images (squashfs as snaps use it, iso9660, cramfs, romfs, erofs): always full, and nothing to be done about it.
 *   Other file systems on loop devices count;
 * - tmpfs mounted read-only: masks that containers and service managers lay over folders; nobody can fill them;
 * - FUSE that only names `/dev/fuse`; everything on the network.
 *
 * A device or tmpfs counts once, however often it is mounted: by `/`, else where it is mounted whole, else where it was mounted
 * first. Of mounts on one point, only the last can be seen. No two disks share a name; `/` has `root` before all others.
 */
export function disksAmong(mounts: readonly Mount[]): readonly Disk[] {
  const visible = new Map(mounts.map((mount) => [mount.mountPoint, mount]));
  const candidates = [...visible.values()].filter(isDisk).sort((a, b) => rank(a) - rank(b)); // the sort is stable
  const seen = new Set<string>();
  const taken = new Set<string>();
  const disks: Disk[] = [];
  for (const mount of candidates) {
    const identity = identityOf(mount);
    const names = [...new Set(namesOf(mount))].filter((name) => !taken.has(name));
    if (seen.has(identity) || names.length === 0) continue;
    seen.add(identity);
    for (const name of names) taken.add(name);
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
  return isDevice(mount) && mount.number.startsWith('0:') ? mount.source : mount.number; // btrfs: two numbers can be one device
}

function namesOf(mount: Mount): readonly string[] {
  const names = mount.mountPoint === '/' ? ['root'] : [];
  if (isDevice(mount)) return [...names, diskName(mount.source)];
  return mount.mountPoint === '/' ? names : [tmpfsName(mount.mountPoint)];
}

/** A device's base name as a segment of a metric: `/dev/mapper/vg-root` is `vg-root`, other characters become `_`. */
export function diskName(device: string): string {
  return device.replace(/^.*\//s, '').replace(/[^A-Za-z0-9_-]/gu, '_') || '_';
}

/** The name of the tmpfs at `mountPoint`; whatever is no letter or digit becomes one `_`: `/dev/shm` is `tmpfs_dev_shm`. */
export function tmpfsName(mountPoint: string): string {
  return `tmpfs_${mountPoint}`.replace(/[^A-Za-z0-9]+/g, '_');
}

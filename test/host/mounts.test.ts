import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Disk, diskName, disksAmong, parseMounts, readMounts, tmpfsName } from '../../src/host/mounts.ts';
import { hostFiles } from '../../src/io/disk/host-files.ts';
import { procDir } from './edges.ts';

function disksOf(text: string): readonly Disk[] {
  const mounts = parseMounts(text);
  if (!mounts.ok) throw new Error(mounts.error);
  return disksAmong(mounts.value);
}

function namesIn(name: string): Record<string, string> {
  const mounts = readMounts(hostFiles(procDir(name)));
  if (!mounts.ok) throw new Error(mounts.error);
  return Object.fromEntries(disksAmong(mounts.value).map(({ names, mountPoint }) => [mountPoint, names.join(' ')]));
}

test('a line of mountinfo is read with its device number, root, mount point, type and source', () => {
  expect(
    parseMounts('36 35 98:0 /mnt1 /mnt2 ro,noatime master:1 shared:2 - ext3 /dev/sdz rw,errors=continue\n'),
  ).toEqual({
    ok: true,
    value: [{ number: '98:0', root: '/mnt1', mountPoint: '/mnt2', isReadOnly: true, type: 'ext3', source: '/dev/sdz' }],
  });
});

test('lines that describe no mount are left out, and a text of nothing else is an error', () => {
  const good = '29 1 8:1 / / rw - ext4 /dev/sda1 rw';
  expect(parseMounts(`rubbish\n29 1 8:1 / / rw\n29 1 8:1 / / rw -\n29 1 8:1 / / rw - ext4\n${good}`)).toMatchObject({
    ok: true,
    value: [{}],
  });
  expect(parseMounts('/dev/sda1 / ext4 rw 0 0\n')).toMatchObject({
    ok: false,
    error: expect.stringContaining('no line'),
  });
});

test('a file that is missing is an error with its path', () => {
  expect(readMounts(hostFiles('/nowhere'))).toMatchObject({
    ok: false,
    error: expect.stringContaining('/nowhere/self/mountinfo'),
  });
});

test('the root is called root and by its device, and writable tmpfs by their mount points', () => {
  expect(namesIn('plain')).toEqual({
    '/': 'root sda1',
    '/boot/efi': 'sda15',
    '/run': 'tmpfs_run',
    '/dev/shm': 'tmpfs_dev_shm',
  });
});

test('a device called root does not take the name twice', () => {
  expect(namesIn('no-swap')).toEqual({ '/': 'root' });
});

test('disks on the network are left out', () => {
  expect(namesIn('nfs')).toEqual(namesIn('plain'));
});

test('a container has its overlay as root, and the device behind its files once', () => {
  expect(namesIn('container')).toEqual({
    '/': 'root',
    '/etc/resolv.conf': 'sda1',
    '/dev': 'tmpfs_dev',
    '/dev/shm': 'tmpfs_dev_shm',
  });
});

test('of many mounts, images, masks, FUSE and what is hidden are left out, and each device counts once', () => {
  expect(namesIn('many-disks')).toEqual({
    '/': 'root vg0-root',
    '/dev/shm': 'tmpfs_dev_shm',
    '/run': 'tmpfs_run',
    '/run/user/1000': 'tmpfs_run_user_1000',
    '/mnt/sourceless': 'tmpfs_mnt_sourceless',
    '/data': 'sdb1',
    '/mnt/with blank': 'sdb2',
    '/mnt/tab\tand\\backslash': 'Big_Disk',
    '/home': 'luks-3f2a',
    '/mnt/image': 'loop4',
    '/mnt/windows': 'sdc2',
    '/mnt/hidden': 'sdc4',
  });
});

test('a device that is root and is mounted elsewhere first is still reported as root', () => {
  const text = '1 0 8:1 / /mnt rw - ext4 /dev/sda1 rw\n2 0 8:1 / / rw - ext4 /dev/sda1 rw\n';
  expect(disksOf(text)).toMatchObject([{ names: ['root', 'sda1'], mountPoint: '/' }]);
});

test('two devices of one base name do not share a metric: the first has it', () => {
  const text = '1 0 253:1 / /a rw - ext4 /dev/one/data rw\n2 0 253:2 / /b rw - ext4 /dev/two/data rw\n';
  expect(disksOf(text)).toMatchObject([{ names: ['data'], mountPoint: '/a' }]);
});

test('a root in memory is called root and nothing else', () => {
  expect(disksOf('1 0 0:9 / / rw - tmpfs tmpfs rw\n')).toMatchObject([{ names: ['root'] }]);
});

test.each([
  ['/dev/sda1', 'sda1'],
  ['/dev/mapper/vg-root', 'vg-root'],
  ['/dev/mapper/a.b c', 'a_b_c'],
  ['/dev/plattengr\u00f6\u00dfe', 'plattengr__e'],
  ['/dev/', '_'],
])('the device %s is called %s', (device, name) => {
  expect(diskName(device)).toBe(name);
});

test.each([
  ['/dev/shm', 'tmpfs_dev_shm'],
  ['/run/user/1000', 'tmpfs_run_user_1000'],
  ['/mnt/a--b  c', 'tmpfs_mnt_a_b_c'],
])('the tmpfs at %s is called %s', (mountPoint, name) => {
  expect(tmpfsName(mountPoint)).toBe(name);
});

test('whatever is mounted, names are fit for a metric and no two disks share one', () => {
  const line = fc
    .tuple(
      fc.constantFrom('8:1', '8:2', '0:40', '0:41'),
      fc.constantFrom('/', '/sub'),
      fc.constantFrom('/', '/a', '/b', '/a\\040b', '/a-b'),
      fc.constantFrom('ext4', 'btrfs', 'tmpfs', 'overlay', 'squashfs'),
      fc.constantFrom('/dev/a', '/dev/x/a', '/dev/root', '/dev/b', 'tmpfs', '', '/dev/\\040'),
    )
    .map(
      ([number, root, mountPoint, type, source]) =>
        `1 0 ${number} ${root} ${mountPoint} rw shared:1 - ${type} ${source} rw`,
    );
  fc.assert(
    fc.property(fc.array(line, { minLength: 1 }), (lines) => {
      const disks = disksOf(lines.join('\n'));
      const names = disks.flatMap((disk) => disk.names);
      expect(names.filter((name) => !/^[A-Za-z0-9_-]+$/.test(name))).toEqual([]);
      expect(new Set(names).size).toBe(names.length);
      expect(disks.every((disk) => disk.names.length > 0)).toBe(true);
      if (lines.some((text) => text.split(' ')[4] === '/')) expect(disks[0]?.names[0]).toBe('root');
      expect(disks.slice(1).some(({ mountPoint }) => mountPoint === '/')).toBe(false);
    }),
  );
});

import { expect, test } from 'vitest';
import { spaceReadings } from '../../src/host/disk-space.ts';
import { someSpace } from './edges.ts';

test('space is reported in MiB under each name, used being total less free, available what ordinary users may have', () => {
  expect(Object.fromEntries(spaceReadings(['root', 'sda1'], someSpace))).toEqual({
    'disk.root.total_mb': 1000,
    'disk.root.used_mb': 600,
    'disk.root.available_mb': 350,
    'disk.root.available_percent': 35,
    'disk.sda1.total_mb': 1000,
    'disk.sda1.used_mb': 600,
    'disk.sda1.available_mb': 350,
    'disk.sda1.available_percent': 35,
  });
});

test('a file system without a size has no readings', () => {
  expect(spaceReadings(['tmpfs_x'], { bsize: 4096, blocks: 0, bfree: 0, bavail: 0 })).toEqual([]);
});

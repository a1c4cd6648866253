import { expect, test } from 'vitest';
import { unixSeconds } from '../../src/model/sample.ts';
import { goldenContext, readAll } from './cases.ts';

const context = { ...goldenContext, endedAtS: unixSeconds(1_800_000_000), plugin: 'p' };
const labelsOf = (format: 'prometheus' | 'nagios' | 'graphite', text: string) =>
  readAll(format, [Buffer.from(text)], context).samples.map(({ series }) => series?.labels);

test('samples with a family have their plugin as a label, in its place', () => {
  expect(labelsOf('prometheus', 'up 1\nup{job="x"} 1\nup{a="1",z="2"} 1\n')).toEqual([
    [['plugin', 'p']],
    [
      ['job', 'x'],
      ['plugin', 'p'],
    ],
    [
      ['a', '1'],
      ['plugin', 'p'],
      ['z', '2'],
    ],
  ]);
});

test('a label of that name stays, and the plugin has another one', () => {
  expect(labelsOf('prometheus', 'up{plugin="theirs"} 1\n')).toEqual([
    [
      ['agent_plugin', 'p'],
      ['plugin', 'theirs'],
    ],
  ]);
});

test('samples without a family have no such label', () => {
  expect(labelsOf('nagios', 'OK|a=1B\n')).toEqual([[], undefined]);
  expect(labelsOf('graphite', 'a.b 1 -1\n')).toEqual([undefined]);
});

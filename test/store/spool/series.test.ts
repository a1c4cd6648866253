import { expect, test } from 'vitest';
import { metricName, type Sample, unixSeconds } from '../../../src/model/sample.ts';
import type { Series } from '../../../src/model/series.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { openIn } from '../set-up.ts';

const atS = unixSeconds(1_700_000_000);
const series: Series = { family: 'disk_bytes', labels: [['mount', '/größe 1']], kind: 'counter', unit: 'B' };
const described: Sample = { metric: metricName('h.p.disk_bytes.mount._gr__e_1'), value: 7, atS, series };
const native: Sample = { metric: metricName('h.p.m'), value: 1, atS };

test('a sample keeps its series on disk, in memory and after a restart, and a native one is stored as ever', () => {
  const dir = tempDir();
  const first = openIn(dir);
  first.store.append([described, native]);
  first.store.flush();
  expect(first.db().prepare('SELECT samples, bytes, lines FROM blocks').all()).toEqual([
    {
      samples: 2,
      bytes: 98,
      lines: `${described.metric} 7 1700000000 c,B,disk_bytes,mount,/gr%f6%dfe%201\nh.p.m 1 1700000000\n`,
    },
  ]);
  expect(first.store.view('a').peek(10)?.samples).toStrictEqual([described, native]);
  expect(first.store.view('a').oldestAtS()).toBe(1_700_000_000);
  first.crash();
  const again = openIn(dir);
  expect(again.store.view('b').peek(10)?.samples).toStrictEqual([described, native]);
  again.close();
});

test('a sink that wants values gets no series, but knows what means nothing without one', () => {
  const at = openIn(tempDir());
  const info: Sample = { ...native, series: { family: 'build', labels: [['v', '1']], kind: 'info', unit: '' } };
  at.store.append([described, info, native]);
  at.store.flush();
  const { series: _, ...bare } = described;
  const samples = at.store.view('a').peek(10, 'values')?.samples;
  expect(samples?.map((sample) => sample.series?.kind)).toEqual([undefined, 'info', undefined]);
  expect(samples?.[0]).toStrictEqual(bare);
  expect(at.store.view('b').peek(10)?.samples).toStrictEqual([described, info, native]);
  at.close();
});

test('a spool that an agent without series wrote is read, and goes on with series behind it', () => {
  const dir = tempDir();
  const former = openIn(dir);
  const lines = 'h.old.a -0.25 1699999000\nh.old.b 5e-7 1699999001\n';
  former.db().prepare('INSERT INTO blocks (id, samples, bytes, lines) VALUES (1, 2, ?, ?)').run(lines.length, lines);
  former.crash();
  const at = openIn(dir);
  at.store.append([described]);
  at.store.flush();
  const view = at.store.view('a');
  expect([view.waiting(), view.oldestAtS()]).toEqual([3, 1_699_999_000]);
  expect(view.peek(10)?.samples).toStrictEqual([
    { metric: 'h.old.a', value: -0.25, atS: 1_699_999_000 },
    { metric: 'h.old.b', value: 5e-7, atS: 1_699_999_001 },
    described,
  ]);
  at.close();
});

test('a series that is damaged in the file costs no sample', () => {
  const dir = tempDir();
  const at = openIn(dir);
  at.store.append([described, native]);
  at.store.flush();
  at.db().exec("UPDATE blocks SET lines = REPLACE(lines, 'c,B,', 'c?B,')");
  const { series: _, ...bare } = described;
  expect(at.store.view('a').peek(10)?.samples).toStrictEqual([bare, native]);
  expect([at.store.view('a').oldestAtS(), at.store.view('a').lost()]).toEqual([1_700_000_000, 0]);
  at.close();
});

test('the oldest sample is known also if its line is damaged, as 0', () => {
  const at = openIn(tempDir());
  at.store.append([native]);
  at.store.flush();
  at.db().exec("UPDATE blocks SET lines = 'h.p.m 1' || CHAR(10)");
  expect(at.store.view('a').oldestAtS()).toBe(0);
  at.close();
});

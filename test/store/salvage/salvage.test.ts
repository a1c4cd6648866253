import { closeSync, copyFileSync, openSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openSqlitePages } from '../../../src/io/disk/sqlite-pages.ts';
import { pluginFile } from '../../../src/model/plugin.ts';
import { metricName, type Sample, unixSeconds } from '../../../src/model/sample.ts';
import type { Series } from '../../../src/model/series.ts';
import { type FoundRows, findRows } from '../../../src/store/salvage/find-rows.ts';
import { packedLine } from '../../../src/store/spool/blocks.ts';
import type { Store } from '../../../src/store/store.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { finish, inspect, openIn, type TestStore } from '../set-up.ts';

const database = (dir: string) => join(dir, 'instrument_server.db');
const pageBytes = 4096;

/** Samples that no other test has, with the names and numbers that real ones have. */
function samplesFrom(first: number, count: number): Sample[] {
  return Array.from({ length: count }, (_, index) => ({
    metric: metricName(`web-1.plugin_${(first + index) % 7}.metric.${first + index}`),
    value: (first + index) / 8,
    atS: unixSeconds(1_700_000_000 + first + index),
  }));
}

/** The same, where every third sample has a series. */
function seriesFrom(first: number, count: number): Sample[] {
  return samplesFrom(first, count).map((sample, index) =>
    index % 3 === 0 ? { ...sample, series: seriesOf(first + index) } : sample,
  );
}

function seriesOf(number: number): Series {
  const labels = [['mount point', `/srv/größe ${number}`]] as const;
  return { family: 'disk_bytes', labels, kind: number % 2 === 0 ? 'counter' : 'gauge', unit: 'B' };
}

const lineOf = ({ metric, value, atS, series }: Sample) => packedLine(metric, value, atS, series);

/** All that waits for a sink, in order. */
function waiting(store: Store, sink = 'a'): string[] {
  return (store.view(sink).peek(1e9)?.samples ?? []).map(lineOf);
}

/** A closed database in a folder of its own, with blocks of these sizes. */
function closedWith(
  sizes: readonly number[],
  samplesOf = seriesFrom,
): { readonly dir: string; readonly lines: readonly string[] } {
  const dir = tempDir();
  const at = openIn(dir, { sinks: ['a'] });
  const all: Sample[] = [];
  for (const size of sizes) {
    const samples = samplesOf(all.length, size);
    all.push(...samples);
    at.store.append(samples);
    at.store.flush();
  }
  finish(at.store, 'p', { stdout: 'kept', endedAt: 7.25, status: 3 });
  at.store.flush();
  at.db().exec('PRAGMA wal_checkpoint(TRUNCATE)');
  at.close();
  return { dir, lines: all.map(lineOf) };
}

function overwrite(path: string, offset: number, bytes: Uint8Array): void {
  const file = openSync(path, 'r+');
  writeSync(file, bytes, 0, bytes.length, offset);
  closeSync(file);
}

/** Lets steps be made until a salvage is over. */
function untilSalvaged(at: TestStore): void {
  for (let time = 0; time < 10_000 && at.events.of('store.salvaged').length === 0; time += 1) at.clock.advance(5);
}

/** Lets time pass until the damage is found and its salvage has begun. */
function untilLeft(at: TestStore): void {
  for (let time = 0; time < 2000 && at.events.of('store.set-aside').length === 0; time += 1) at.clock.advance(1);
}

const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 60, max: 5000 })), {
  minLength: 3,
  maxLength: 14,
});
const hits = fc.array(
  fc.record({
    place: fc.double({ min: 0, max: 0.999, noNaN: true }),
    length: fc.integer({ min: 16, max: 9000 }),
    seed: fc.nat(),
  }),
  {
    minLength: 1,
    maxLength: 5,
  },
);

/** The pages on which the rows of blocks begin, by block id. */
function firstPages(path: string): Map<number, number> {
  const pages = openSqlitePages(path);
  const found: FoundRows = { blocks: [], keyed: [] };
  for (let page = 1; page <= pages.count; page += 1) findRows(pages, page, found);
  pages.close();
  return new Map(found.blocks.map(({ id, page }) => [id, page - 1]));
}

/** Overwrites parts of a file behind its first page. Returns the pages that are damaged then. */
function damageAt(path: string, parts: readonly { place: number; length: number; seed: number }[]): Set<number> {
  const size = statSync(path).size;
  const damaged = new Set<number>();
  for (const { place, length, seed } of parts) {
    const offset = Math.max(pageBytes, Math.floor(place * size));
    const count = Math.min(length, size - offset);
    overwrite(path, offset, Buffer.from(Array.from({ length: count }, (_, index) => 128 + ((seed + index * 7) % 128))));
    for (let page = Math.floor(offset / pageBytes); page * pageBytes < offset + count; page += 1) damaged.add(page);
  }
  return damaged;
}

/** Reads everything, and lets what is damaged be salvaged. */
function readAll(dir: string): { readonly kept: readonly string[]; readonly at: TestStore } {
  const at = openIn(dir, { sinks: ['a'] });
  waiting(at.store);
  at.store.append([]);
  at.clock.advance(1000);
  if (at.events.of('store.set-aside').length > 0) untilSalvaged(at);
  return { kept: waiting(at.store), at };
}

test('with bytes overwritten anywhere, no sample in undamaged pages is lost, and nothing is made up or doubled', {
  timeout: 600_000,
}, () => {
  fc.assert(
    fc.property(sizes, hits, (blockSizes, parts) => {
      const { dir, lines } = closedWith(blockSizes, samplesFrom);
      const path = database(dir);
      const before = readFileSync(path);
      const beginsOn = firstPages(path);
      const damaged = damageAt(path, parts);
      const { kept, at } = readAll(dir);
      at.close();
      const isWritten = new Set(lines);
      const isKept = new Set(kept);
      expect([kept.filter((line) => !isWritten.has(line)), isKept.size]).toEqual([[], kept.length]);
      const blockOf = blockSizes.flatMap((size, index) => Array<number>(size).fill(index + 1));
      const unexplained = lines.filter((line, index) => {
        if (isKept.has(line)) return false;
        const [from, to] = [before.indexOf(line) - 1, before.indexOf(line) + line.length - 1];
        const isDamaged = [from, to].some((offset) => damaged.has(Math.floor(offset / pageBytes)));
        return from >= 0 && !isDamaged && !damaged.has(beginsOn.get(blockOf[index] ?? 0) ?? 0);
      });
      expect(unexplained).toEqual([]);
    }),
    { numRuns: 30, seed: 5 },
  );
});

test('without its first page, everything is salvaged: samples, positions, last runs and runs in flight', () => {
  const { dir, lines } = closedWith([10, 5000, 3, 700]);
  const first = openIn(dir, { sinks: ['a', 'b'] });
  const batch = first.store.view('a').peek(10);
  if (batch) first.store.view('a').accept(batch);
  first.store.began({ file: pluginFile('q'), startedMs: 5_000_000_000, process: { pid: 7, startedAt: 'boot:9' } });
  first.store.flush();
  first.db().exec('PRAGMA wal_checkpoint(TRUNCATE)');
  first.close();
  overwrite(database(dir), 0, Buffer.alloc(pageBytes, 0xa5));
  const at = openIn(dir, { sinks: ['a', 'b'] });
  expect(at.events.all.map(({ event }) => event)).toEqual(['store.set-aside', 'store.salvaged']);
  expect(at.events.of('store.salvaged')).toMatchObject([{ samples: lines.length - 10, lost: 0 }]);
  expect([waiting(at.store), waiting(at.store, 'b')]).toEqual([lines.slice(10), []]);
  expect(at.store.lastRun(pluginFile('p'))).toMatchObject({ endedAtS: 7.25, status: 3 });
  expect(readFileSync(at.store.stdinPath(pluginFile('p')) ?? '', 'utf8')).toBe('kept');
  expect(at.store.recorded()).toMatchObject([{ file: 'q', process: { pid: 7, startedAt: 'boot:9' } }]);
  at.close();
  expect(inspect(dir).integrity).toBe('ok');
});

test('what only the log of the database holds is found there', () => {
  const [dir, copy] = [tempDir(), tempDir()];
  const at = openIn(dir, { sinks: ['a'] });
  for (const first of [0, 3000]) {
    at.store.append(samplesFrom(first, 3000));
    at.store.flush();
  }
  for (const end of ['', '-wal']) copyFileSync(`${database(dir)}${end}`, `${database(copy)}${end}`);
  at.close();
  overwrite(database(copy), 0, Buffer.alloc(100, 0xa5));
  expect([...firstPages(database(copy)).keys()]).toEqual(expect.arrayContaining([1, 2]));
  const wal = readFileSync(`${database(copy)}-wal`);
  writeFileSync(`${database(copy)}-wal`, wal.fill(0, 0, 4)); // it is no log any more
  expect([...firstPages(database(copy)).keys()]).toEqual([]);
});

describe('while the agent runs', () => {
  test('sinks get what is salvaged, then what came meanwhile, and nothing that they had', () => {
    const { dir, lines } = closedWith([10, 5000, 5000, 700, 5000]);
    const at = openIn(dir, { sinks: ['a'] });
    const view = at.store.view('a');
    const had = view.peek(10);
    if (had) view.accept(had);
    const underWay = view.peek(5000);
    at.db().exec('PRAGMA wal_checkpoint(TRUNCATE)');
    damageAt(database(dir), [{ place: 0.5, length: 20_000, seed: 1 }]);
    overwrite(database(dir), 0, Buffer.alloc(pageBytes, 0xa5));
    at.db().exec('PRAGMA shrink_memory');
    const fresh = samplesFrom(50_000, 5);
    at.store.append(fresh);
    untilLeft(at);
    expect([at.events.of('store.set-aside').length, at.events.of('store.salvaged').length, view.peek(1)]).toEqual([
      1,
      0,
      null,
    ]);
    if (underWay) view.accept(underWay);
    const later = samplesFrom(60_000, 5);
    at.store.append(later);
    untilSalvaged(at);
    at.clock.advance(50);
    const [salvaged] = at.events.of('store.salvaged');
    const kept = waiting(at.store);
    const ends = [...fresh, ...later].map(lineOf);
    expect(kept.slice(-10)).toEqual(ends);
    const isKept = new Set(kept);
    expect(kept.slice(0, -10)).toEqual(lines.slice(5010).filter((line) => isKept.has(line)));
    expect(kept.length - 10).toBe(salvaged?.samples);
    expect([kept.length - 10 + (salvaged?.lost ?? 0), (salvaged?.lost ?? 0) < 5500]).toEqual([
      lines.length - 5010,
      true,
    ]);
    expect([view.waiting(), view.lost()]).toEqual([kept.length, salvaged?.lost]);
    at.close();
    const again = openIn(dir, { sinks: ['a'] });
    expect([waiting(again.store), again.events.all]).toEqual([kept, []]);
    again.close();
  });

  test('a stop waits for it, and after a kill the next agent begins it again', () => {
    for (const end of ['close', 'crash'] as const) {
      const { dir, lines } = closedWith([5000, 5000, 5000]);
      const at = openIn(dir, { sinks: ['a'] });
      overwrite(database(dir), 0, Buffer.alloc(pageBytes, 0xa5));
      at.db().exec('PRAGMA shrink_memory');
      at.store.append(samplesFrom(50_000, 1));
      untilLeft(at);
      expect(at.events.of('store.salvaged')).toEqual([]);
      if (end === 'close') at.close();
      else at.state.release(); // its files stay as they are
      const again = openIn(dir, { sinks: ['a'] });
      expect(waiting(again.store).slice(0, lines.length)).toEqual(lines);
      expect(again.store.lastRun(pluginFile('p'))).toMatchObject({ endedAtS: 7.25 });
      again.close();
    }
  });
});

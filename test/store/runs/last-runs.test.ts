import { readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pluginFile } from '../../../src/model/plugin.ts';
import { unixSeconds } from '../../../src/model/sample.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { withLargestFile } from '../largest-file.ts';
import { files, finish, inspect, openIn, samplesOf } from '../set-up.ts';

const p = pluginFile('p.sh');
const dayMs = 24 * 3600 * 1000;
const agreed = { integrity: 'ok', withoutFile: [], withoutRow: [] };
const kept = (dir: string) => readdirSync(join(dir, 'outputs'));

describe('the last run of a plugin', () => {
  test('is null before the first run, then holds its time, status and stdout', () => {
    const dir = tempDir();
    const at = openIn(dir);
    expect([at.store.lastRun(p), at.store.stdinPath(p)]).toEqual([null, null]);
    finish(at.store, p, { status: 3, stdout: 'x 1\n', endedAt: 77 });
    expect(at.store.lastRun(p)).toEqual({ endedAtS: 77, status: 3, output: { name: kept(dir)[0], sizeBytes: 4 } });
    const path = at.store.stdinPath(p) ?? '';
    expect([readFileSync(path, 'utf8'), statSync(path).mode & 0o7777]).toEqual(['x 1\n', 0o600]);
    at.close();
  });

  test('survives a restart, also under odd file names', () => {
    const dir = tempDir();
    const odd = `it's "a\nb" ü.sh`;
    const at = openIn(dir);
    finish(at.store, odd, { status: 137, stdout: 'odd', endedAt: 5 });
    finish(at.store, p, { status: 0, stdout: '', endedAt: 6 });
    at.close();
    const again = openIn(dir);
    expect(again.store.lastRun(pluginFile(odd))).toMatchObject({ endedAtS: 5, status: 137, output: { sizeBytes: 3 } });
    expect(readFileSync(again.store.stdinPath(pluginFile(odd)) ?? '', 'utf8')).toBe('odd');
    expect([again.store.lastRun(p), again.store.stdinPath(p)]).toEqual([
      { endedAtS: 6, status: 0, output: null },
      null,
    ]);
    again.close();
  });

  test('keeps its file while the output stays the same; a different output has a new file', () => {
    const dir = tempDir();
    const at = openIn(dir);
    finish(at.store, p, { status: 0, stdout: 'x 1\n', endedAt: 5 });
    at.store.flush();
    const [first] = kept(dir);
    finish(at.store, p, { status: 1, stdout: 'x 1\n', endedAt: 6 });
    at.store.flush();
    expect(at.store.lastRun(p)).toEqual({ endedAtS: 6, status: 1, output: { name: first, sizeBytes: 4 } });
    finish(at.store, p, { status: 0, stdout: 'x 2\n', endedAt: 7 });
    at.store.flush();
    const [second, ...others] = kept(dir);
    expect([second === first, others, readFileSync(at.store.stdinPath(p) ?? '', 'utf8')]).toEqual([false, [], 'x 2\n']);
    at.close();
    const again = openIn(dir);
    expect(again.store.lastRun(p)).toEqual({ endedAtS: 7, status: 0, output: { name: second, sizeBytes: 4 } });
    again.close();
  });

  test('loses an output that a power loss has changed, which is logged; what is in the file now is not used', () => {
    const dir = tempDir();
    const at = openIn(dir);
    finish(at.store, p, { status: 0, stdout: 'x 1\n', endedAt: 5 });
    at.close();
    writeFileSync(join(dir, 'outputs', kept(dir)[0] ?? ''), 'y 2\n'); // of the same size, and of another plugin
    const again = openIn(dir);
    expect([again.store.stdinPath(p), kept(dir)]).toEqual([null, []]);
    expect(again.events.of('run.output-lost')).toMatchObject([
      { plugin: p, detail: expect.stringContaining('is gone') },
    ]);
    again.close();
  });

  test('stays as it was when a run was not completed', () => {
    const at = openIn(tempDir());
    finish(at.store, p, { status: 3, stdout: 'x', endedAt: 5 });
    const before = at.store.lastRun(p);
    at.store.finished({ file: p, completed: null, samples: [] });
    expect(at.store.lastRun(p)).toBe(before);
    at.close();
  });

  test('takes over the file that the runner has written', () => {
    const dir = tempDir();
    const at = openIn(dir);
    const file = at.state.outputs.create();
    file.append(Buffer.from('large'));
    file.close();
    const stdout = { kind: 'file' as const, name: file.name, sizeBytes: 5 };
    at.store.finished({ file: p, completed: { endedAtS: unixSeconds(1), status: 0, stdout }, samples: samplesOf([1]) });
    at.close();
    const again = openIn(dir);
    expect(readFileSync(again.store.stdinPath(p) ?? '', 'utf8')).toBe('large');
    again.close();
    expect(inspect(dir)).toEqual(agreed);
  });

  test('has one file: the former one is removed after the commit, not before', () => {
    const dir = tempDir();
    const at = openIn(dir);
    finish(at.store, p, { stdout: 'one' });
    at.store.flush();
    const [first] = kept(dir);
    finish(at.store, p, { stdout: 'two' });
    expect(kept(dir)).toHaveLength(2);
    at.store.flush();
    expect(kept(dir)).toHaveLength(1);
    expect(kept(dir)).not.toEqual([first]);
    finish(at.store, p, { stdout: '' });
    at.store.flush();
    expect(kept(dir)).toEqual([]);
    at.close();
  });

  test('is the former one after a kill before the commit, and files that no row names are removed', () => {
    const dir = tempDir();
    const at = openIn(dir);
    finish(at.store, p, { stdout: 'one', endedAt: 1 });
    at.store.flush();
    finish(at.store, p, { stdout: 'two', endedAt: 2 });
    at.crash();
    writeFileSync(join(dir, 'outputs', 'left by a run in flight'), 'x');
    const again = openIn(dir);
    expect(again.store.lastRun(p)?.endedAtS).toBe(1);
    expect(readFileSync(again.store.stdinPath(p) ?? '', 'utf8')).toBe('one');
    again.close();
    expect(inspect(dir)).toEqual(agreed);
  });

  for (const [what, spoil] of [
    ['was removed', (path: string) => rmSync(path)],
    ['was cut', (path: string) => truncateSync(path, 1)],
  ] as const) {
    test(`still reaches the next run when its file ${what}: that is logged, and stdin is empty`, () => {
      const at = openIn(tempDir());
      finish(at.store, p, { stdout: 'one', endedAt: 5 });
      spoil(at.store.stdinPath(p) ?? '');
      expect(at.store.stdinPath(p)).toBeNull();
      expect(at.events.of('run.output-lost')).toMatchObject([
        { plugin: p, detail: expect.stringContaining('outputs') },
      ]);
      expect(at.store.lastRun(p)?.endedAtS).toBe(5);
      at.close();
    });
  }

  test('leaves an empty stdin when its output could not be kept, which is logged; its samples are committed', () => {
    const dir = tempDir();
    const at = openIn(dir);
    rmSync(join(dir, 'outputs'), { recursive: true });
    finish(at.store, p, { stdout: 'one', endedAt: 5, values: [1] });
    at.store.flush();
    expect(at.events.all).toMatchObject([
      { event: 'run.output-lost', plugin: p, detail: expect.stringContaining('ENOENT') },
    ]);
    expect([at.store.lastRun(p), at.store.stdinPath(p), at.store.view('a').waiting()]).toEqual([
      { endedAtS: 5, status: 0, output: null },
      null,
      1,
    ]);
    at.close();
  });
});

test('no part is left of an output that the disk can not take whole', () => {
  const dir = tempDir();
  const at = openIn(dir);
  withLargestFile(4096, () => finish(at.store, p, { stdout: 'x'.repeat(10_000), endedAt: 5 }));
  expect(at.events.all).toMatchObject([
    { event: 'run.output-lost', plugin: p, detail: expect.stringContaining('EFBIG') },
  ]);
  expect([kept(dir), at.store.lastRun(p)?.output]).toEqual([[], null]);
  at.close();
});

describe('a script that was removed', () => {
  test('is remembered for seven days, over restarts, then dropped with its output', () => {
    const dir = tempDir();
    const startMs = 1_700_000_000_000;
    const at = openIn(dir, { startMs });
    finish(at.store, p, { stdout: 'one' });
    finish(at.store, 'q', { stdout: 'two' });
    at.store.present(files('q'));
    at.clock.advance(3 * dayMs);
    at.close();
    const later = openIn(dir, { startMs: startMs + 70 * dayMs }); // no agent ran meanwhile
    later.store.present(files('q'));
    later.clock.advance(4 * dayMs);
    later.store.present(files('q'));
    expect(later.store.lastRun(p)).not.toBeNull();
    later.clock.advance(1000);
    later.store.present(files('q'));
    expect(later.store.lastRun(p)).toBeNull();
    later.clock.advance(50);
    expect(kept(dir)).toHaveLength(1);
    later.close();
    const last = openIn(dir);
    expect([last.store.lastRun(p), last.store.lastRun(pluginFile('q')) !== null]).toEqual([null, true]);
    last.close();
    expect(inspect(dir)).toEqual(agreed);
  });

  test('and comes back within seven days has its last run, and its absence is counted from zero', () => {
    const dir = tempDir();
    const at = openIn(dir);
    finish(at.store, p, { stdout: 'one' });
    at.store.present(new Set());
    at.clock.advance(6 * dayMs);
    at.store.present(files(p));
    at.clock.advance(dayMs);
    at.store.present(new Set());
    at.clock.advance(6 * dayMs);
    at.store.present(new Set());
    expect(at.store.lastRun(p)).not.toBeNull();
    at.clock.advance(dayMs + 1000);
    at.store.present(new Set());
    expect(at.store.lastRun(p)).toBeNull();
    at.close();
  });

  test('and then ends a run has a last run again', () => {
    const at = openIn(tempDir());
    finish(at.store, p, { stdout: 'one' });
    at.store.present(new Set());
    at.clock.advance(6 * dayMs);
    finish(at.store, p, { stdout: 'two' });
    at.clock.advance(2 * dayMs);
    at.store.present(new Set());
    expect(readFileSync(at.store.stdinPath(p) ?? '', 'utf8')).toBe('two');
    at.close();
  });

  test('costs no write while nothing changes', () => {
    const at = openIn(tempDir());
    finish(at.store, p, { stdout: 'one' });
    at.store.present(files(p));
    at.clock.advance(50);
    at.store.present(files(p));
    expect(at.clock.pending()).toBe(0);
    at.store.present(new Set());
    expect(at.clock.pending()).toBe(1);
    at.clock.advance(50);
    at.store.present(new Set());
    expect(at.clock.pending()).toBe(0);
    at.close();
  });
});

describe('a run in flight', () => {
  const run = { file: p, startedMs: 1_700_000_000_123, process: { pid: 4711, startedAt: 'boot:99' } };

  test('is recorded with the next commit, and the next agent finds it', () => {
    const dir = tempDir();
    const at = openIn(dir);
    at.store.began(run);
    at.clock.advance(50);
    at.crash();
    const again = openIn(dir);
    expect(again.store.recorded()).toEqual([run]);
    again.close();
  });

  test('is removed when it has ended, be it reported as a run or as a survivor', () => {
    for (const end of ['finished', 'ended'] as const) {
      const dir = tempDir();
      const at = openIn(dir);
      at.store.began(run);
      at.store.flush();
      if (end === 'ended') at.store.ended(p);
      else at.store.finished({ file: p, completed: null, samples: [] });
      expect(at.store.recorded()).toEqual([]);
      at.clock.advance(50);
      at.crash();
      const again = openIn(dir);
      expect(again.store.recorded()).toEqual([]);
      again.close();
    }
  });

  test('that was never recorded causes no write when it ends', () => {
    const at = openIn(tempDir());
    at.store.ended(p);
    expect(at.clock.pending()).toBe(0);
    at.close();
  });

  test('is recorded again when the plugin runs again', () => {
    const dir = tempDir();
    const at = openIn(dir);
    at.store.began(run);
    at.store.flush();
    const second = { ...run, process: { pid: 12, startedAt: 'boot:100' } };
    at.store.began(second);
    at.close();
    const again = openIn(dir);
    expect(again.store.recorded()).toEqual([second]);
    again.close();
  });
});

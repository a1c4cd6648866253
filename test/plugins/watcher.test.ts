import { chmodSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pluginFile, pluginName } from '../../src/model/plugin.ts';
import { startWatcher, write } from './fake-watch.ts';
import { scriptsPath } from './live-directory.ts';

describe('hints', () => {
  test('make one scan 50 ms after the first of them, however many come', () => {
    const dir = scriptsPath();
    const { watcher, clock, scans, latest } = startWatcher(dir);
    watcher.rescan();
    for (let hint = 0; hint < 50; hint += 1) {
      latest().hint();
      clock.advance(0.5);
    }
    clock.advance(24);
    expect(scans).toHaveLength(1);
    clock.advance(1);
    expect(scans).toHaveLength(2);
    expect(clock.pending()).toBe(0);
  });

  test('that find nothing new give no event', () => {
    const dir = scriptsPath();
    write(dir, 'a.sh');
    const { watcher, events, clock, latest } = startWatcher(dir);
    watcher.rescan();
    latest().hint();
    clock.advance(50);
    expect(events.all).toEqual([{ event: 'plugin.added', plugin: 'a.sh' }]);
  });
});

describe('the watch', () => {
  test('is kept as long as it serves, however much changes without a hint', () => {
    const dir = scriptsPath();
    const { watcher, watches, clock } = startWatcher(dir);
    for (let tick = 0; tick < 5; tick += 1) {
      write(dir, `${tick}.sh`);
      watcher.rescan();
      clock.advance(60_000);
    }
    expect(watches).toHaveLength(1);
  });

  test('is opened again, once, when it says that it is lost', () => {
    const { watcher, watches, replaced, latest } = startWatcher(scriptsPath());
    watcher.rescan();
    latest().isLost = true;
    watcher.rescan();
    watcher.rescan();
    expect(watches.map(({ isClosed }) => isClosed)).toEqual([true, false]);
    expect(replaced()).toBe(0);
  });

  test('is opened again when another directory took the place, and `onReplaced` is called', () => {
    const dir = scriptsPath();
    const { watcher, watches, replaced } = startWatcher(dir);
    watcher.rescan();
    renameSync(scriptsPath(), dir);
    watcher.rescan();
    expect(watches.map(({ isClosed }) => isClosed)).toEqual([true, false]);
    expect(replaced()).toBe(1);
  });

  test('is closed when there is nothing to watch, and opened when there is', () => {
    const dir = scriptsPath();
    const { watcher, watches, replaced } = startWatcher(dir);
    watcher.rescan();
    rmSync(dir, { recursive: true });
    watcher.rescan();
    watcher.rescan();
    expect(watches.map(({ isClosed }) => isClosed)).toEqual([true]);
    expect(replaced()).toBe(1);
    renameSync(scriptsPath(), dir);
    watcher.rescan();
    expect(watches.map(({ isClosed }) => isClosed)).toEqual([true, false]);
  });

  test('that fails is reported once; each tick scans all the same, and tries to watch again', () => {
    const dir = scriptsPath();
    const { watcher, events, watches, clock, runnable, latest } = startWatcher(dir);
    watcher.rescan();
    for (let failure = 0; failure < 3; failure += 1)
      latest().fail('ENOSPC: System limit for number of file watchers reached');
    expect(events.all).toEqual([
      { event: 'watch.failed', path: dir, detail: 'ENOSPC: System limit for number of file watchers reached' },
    ]);
    write(dir, 'a.sh');
    expect(runnable()).toEqual(['a.sh']);
    expect(watches.map(({ isClosed }) => isClosed)).toEqual([true, false]);
    latest().fail('ENOSPC again');
    write(dir, 'b.sh');
    expect(runnable()).toEqual(['a.sh', 'b.sh']);
    expect(watches).toHaveLength(3);
    write(dir, 'c.sh');
    latest().hint();
    clock.advance(50);
    expect(watches).toHaveLength(3);
    expect(events.all.map(({ event }) => event)).toEqual([
      'watch.failed',
      'plugin.added',
      'plugin.added',
      'plugin.added',
    ]);
  });
});

describe('the last look before a run', () => {
  const plugin = (dir: string) => ({ file: pluginFile('a.sh'), name: pluginName('a.sh'), path: join(dir, 'a.sh') });

  test('accepts what is as it was', () => {
    const dir = scriptsPath();
    write(dir, 'a.sh');
    const { watcher } = startWatcher(dir);
    watcher.rescan();
    expect(watcher.lookAgain(plugin(dir))).toEqual({ kind: 'accepted' });
  });

  test('refuses what was chmodded since, with the reason, and what is gone', () => {
    const dir = scriptsPath();
    write(dir, 'a.sh');
    const { watcher } = startWatcher(dir);
    watcher.rescan();
    chmodSync(join(dir, 'a.sh'), 0o777);
    const rejection = { kind: 'wrong-mode', path: join(dir, 'a.sh'), mode: 0o777 };
    expect(watcher.lookAgain(plugin(dir))).toMatchObject({ kind: 'rejected', rejection });
    rmSync(join(dir, 'a.sh'));
    expect(watcher.lookAgain(plugin(dir))).toEqual({ kind: 'gone' });
  });

  test('refuses every script of a directory that was opened to others since', () => {
    const dir = scriptsPath();
    write(dir, 'a.sh');
    const { watcher } = startWatcher(dir);
    watcher.rescan();
    chmodSync(dir, 0o777);
    expect(watcher.lookAgain(plugin(dir))).toEqual({ kind: 'gone' });
  });
});

describe('a directory that may not be used', () => {
  test('suspends all plugins, is reported once, and brings them back without reporting each again', () => {
    const dir = scriptsPath();
    write(dir, 'a.sh');
    write(dir, 'b.sh', 0o755);
    const { watcher, events, scans, runnable } = startWatcher(dir);
    expect(runnable()).toEqual(['a.sh']);
    chmodSync(dir, 0o750);
    for (let tick = 0; tick < 3; tick += 1) expect(runnable()).toEqual([]);
    expect(watcher.active()).toEqual([]);
    chmodSync(dir, 0o700);
    expect(runnable()).toEqual(['a.sh']);
    expect(events.all.map(({ event }) => event)).toEqual([
      'plugin.added',
      'plugin.rejected',
      'plugins.suspended',
      'plugins.resumed',
    ]);
    expect(scans).toEqual([
      ['a.sh', 'b.sh'],
      ['a.sh', 'b.sh'],
    ]);
  });

  test('changes in it are reported when it may be used again', () => {
    const dir = scriptsPath();
    write(dir, 'a.sh');
    const { watcher, events } = startWatcher(dir);
    watcher.rescan();
    chmodSync(dir, 0o755);
    watcher.rescan();
    rmSync(join(dir, 'a.sh'));
    write(dir, 'b.sh');
    chmodSync(dir, 0o700);
    watcher.rescan();
    expect(events.all.slice(2).map(({ event }) => event)).toEqual([
      'plugins.resumed',
      'plugin.added',
      'plugin.removed',
    ]);
  });
});

test('after close nothing is reported or watched, and no timer is left', () => {
  const dir = scriptsPath();
  const { watcher, events, clock, watches, scans, runnable, latest } = startWatcher(dir);
  watcher.rescan();
  const file = join(dir, 'a.sh');
  writeFileSync(file, '', { mode: 0o700 });
  clock.jump(-20_000); // not settled: a look is due
  watcher.rescan();
  latest().hint();
  expect(clock.pending()).toBe(2);
  watcher.close();
  expect(clock.pending()).toBe(0);
  const [eventsBefore, scansBefore] = [events.all.length, scans.length];
  rmSync(dir, { recursive: true });
  expect(runnable()).toEqual([]);
  clock.advance(60_000);
  expect([events.all.length, scans.length, clock.pending()]).toEqual([eventsBefore, scansBefore, 0]);
  expect(watches.map(({ isClosed }) => isClosed)).toEqual([true]);
});

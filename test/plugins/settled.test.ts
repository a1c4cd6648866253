import { appendFileSync, chmodSync, copyFileSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { systemFiles } from '../../src/io/disk/files.ts';
import { emptyScan, type Scan, scanDirectory } from '../../src/plugins/scan.ts';
import { PluginWatcher } from '../../src/plugins/watcher.ts';
import { eventLog } from '../helpers/event-log.ts';
import { type FakeClock, fakeClock } from '../helpers/fake-clock.ts';
import { fixture } from '../helpers/install-plugin.ts';
import { scriptsPath, self } from './live-directory.ts';

const hourMs = 3_600_000;

/** Directory scans, one after the other. */
function scanner(dir: string, clock: FakeClock): () => Scan {
  let last = emptyScan;
  return () => {
    last = scanDirectory(systemFiles, dir, self, clock, last);
    return last;
  };
}

function settled({ scripts }: Scan): readonly string[] {
  return [...scripts.values()].filter(({ isSettled }) => isSettled).map(({ plugin }) => plugin.file);
}

function changedMs(path: string): number {
  const facts = systemFiles.facts(path);
  if (facts.kind === 'failed') throw new Error(facts.code);
  return Math.max(facts.mtimeMs, facts.ctimeMs);
}

/** Changes the mode and changes it back until the ctime is another one. */
function touchMode(path: string): void {
  const before = changedMs(path);
  do for (const mode of [0o600, 0o700]) chmodSync(path, mode);
  while (changedMs(path) === before);
}

function write(dir: string, name: string): string {
  const path = join(dir, name);
  writeFileSync(path, '#!/bin/sh\n', { mode: 0o700 });
  return path;
}

describe('a script that may still be being written does not run', () => {
  test('at first sight it counts as written once it was left alone for over 300 ms', () => {
    const dir = scriptsPath();
    const atMs = changedMs(write(dir, 'a.sh'));
    expect(settled(scanner(dir, fakeClock(atMs))())).toEqual([]);
    expect(settled(scanner(dir, fakeClock(Math.floor(atMs) + 299))())).toEqual([]);
    expect(settled(scanner(dir, fakeClock(Math.ceil(atMs) + 301))())).toEqual(['a.sh']);
  });

  test('an old mtime, as cp -p and tar leave it, does not make a new file old: ctime counts too', () => {
    const dir = scriptsPath();
    const path = write(dir, 'a.sh');
    utimesSync(path, 0, 0);
    expect(settled(scanner(dir, fakeClock(changedMs(path) + 1))())).toEqual([]);
  });

  test('two scans 100 ms apart that saw the same settle it, nearer ones do not', () => {
    const dir = scriptsPath();
    const clock = fakeClock(changedMs(write(dir, 'a.sh')));
    const scan = scanner(dir, clock);
    const seen = [settled(scan())];
    for (const pauseMs of [50, 49, 1]) {
      clock.advance(pauseMs);
      seen.push(settled(scan()));
    }
    expect(seen).toEqual([[], [], [], ['a.sh']]);
  });

  test.each([
    ['content', (path: string) => appendFileSync(path, 'x')],
    ['mode', touchMode],
    ['mtime', (path: string) => utimesSync(path, 1, 1)],
  ])('a change of its %s between them begins the wait again', (_what, change) => {
    const dir = scriptsPath();
    const path = write(dir, 'a.sh');
    const clock = fakeClock(Date.now() - hourMs); // so that its own times never make it old
    const scan = scanner(dir, clock);
    scan();
    clock.advance(100);
    change(path);
    expect(settled(scan())).toEqual([]);
    clock.advance(99);
    expect(settled(scan())).toEqual([]);
    clock.advance(1);
    expect(settled(scan())).toEqual(['a.sh']);
  });

  test('another file under the same name, moved over it, begins the wait again', () => {
    const dir = scriptsPath();
    write(dir, 'a.sh');
    const clock = fakeClock(Date.now() - hourMs);
    const scan = scanner(dir, clock);
    scan();
    renameSync(write(dir, 'b.sh'), join(dir, 'a.sh'));
    clock.advance(100);
    expect(settled(scan())).toEqual([]);
  });

  test('one whose times lie in the future settles by two scans', () => {
    const dir = scriptsPath();
    const path = write(dir, 'a.sh');
    const tomorrowS = Date.now() / 1000 + 86_400;
    utimesSync(path, tomorrowS, tomorrowS);
    const clock = fakeClock(Date.now());
    const scan = scanner(dir, clock);
    expect(settled(scan())).toEqual([]);
    clock.advance(5000);
    expect(settled(scan())).toEqual(['a.sh']);
  });

  test('a wall clock that is set back does not keep it from running', () => {
    const dir = scriptsPath();
    write(dir, 'a.sh');
    const clock = fakeClock(Date.now());
    const scan = scanner(dir, clock);
    scan();
    clock.jump(-hourMs);
    clock.advance(100);
    expect(settled(scan())).toEqual(['a.sh']);
  });
});

describe('the watcher', () => {
  function startWatcher(dir: string, clock: FakeClock) {
    const events = eventLog();
    const watcher = new PluginWatcher(
      { files: systemFiles, clock, watchDirectory: () => ({ isLost: () => false, close() {} }) },
      { dir, checker: self, emit: events.emit, onScan() {}, onReplaced() {} },
    );
    const runnable = () => {
      void watcher.rescan();
      return watcher.runnable().map(({ file }) => file);
    };
    return { watcher, events, runnable };
  }

  test('reports a new script at once, looks again by itself after 110 ms, and gives it to the next tick', () => {
    const dir = scriptsPath();
    const clock = fakeClock(Date.now() - hourMs);
    write(dir, 'a.sh');
    const { watcher, events, runnable } = startWatcher(dir, clock);
    expect(runnable()).toEqual([]);
    expect(events.of('plugin.added')).toEqual([{ event: 'plugin.added', plugin: 'a.sh' }]);
    const [plugin] = watcher.active();
    if (!plugin) throw new Error('a.sh is not active');
    expect(watcher.lookAgain(plugin)).toEqual({ kind: 'unsettled' });
    clock.advance(110);
    expect(clock.pending()).toBe(0);
    expect(watcher.lookAgain(plugin)).toEqual({ kind: 'accepted' });
    expect(runnable()).toEqual(['a.sh']);
    watcher.close();
  });

  test('never gives a script that is copied slowly before its last piece has come', () => {
    const dir = scriptsPath();
    const clock = fakeClock(Date.now() - hourMs);
    const { watcher, events, runnable } = startWatcher(dir, clock);
    write(dir, 'slow.sh');
    for (let piece = 0; piece < 10; piece += 1) {
      expect(runnable()).toEqual([]);
      appendFileSync(join(dir, 'slow.sh'), `# piece ${piece}\n`);
      clock.advance(109); // the own look after 110 ms finds it changed, too
      expect(runnable()).toEqual([]);
      appendFileSync(join(dir, 'slow.sh'), '#\n');
      clock.advance(1);
    }
    clock.advance(110);
    clock.advance(110);
    expect(runnable()).toEqual(['slow.sh']);
    expect(events.of('plugin.added')).toHaveLength(1);
    watcher.close();
  });

  test('gives the others meanwhile', () => {
    const dir = scriptsPath();
    const clock = fakeClock(Date.now() - hourMs);
    write(dir, 'old.sh');
    const { watcher, runnable } = startWatcher(dir, clock);
    runnable();
    clock.advance(110);
    copyFileSync(fixture('plugins/two-gauges'), join(dir, 'new.sh'));
    chmodSync(join(dir, 'new.sh'), 0o700);
    expect(runnable()).toEqual(['old.sh']);
    watcher.close();
  });
});

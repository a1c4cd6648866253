import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { type Files, systemFiles } from '../../src/io/disk/files.ts';
import { startWatcher, write } from './fake-watch.ts';
import { scriptsPath } from './live-directory.ts';

/** Each look at a script takes longer than a step of a walk may. */
const slowFiles: Files = {
  ...systemFiles,
  fingerprint(path) {
    for (const endMs = performance.now() + 0.5; performance.now() < endMs; );
    return systemFiles.fingerprint(path);
  },
};

const names = Array.from({ length: 100 }, (_, index) => `s${String(index).padStart(3, '0')}.sh`);

/** A watcher of 100 scripts that has not scanned yet. */
function withManyScripts() {
  const dir = scriptsPath();
  for (const name of names) write(dir, name);
  const watched = startWatcher(dir, slowFiles);
  return { dir, ...watched, runnable: () => watched.watcher.runnable().map(({ file }) => file) };
}

describe('a directory of many scripts', () => {
  test('is scanned in steps, with other work between them; each script is reported once', async () => {
    const { watcher, events, runnable } = withManyScripts();
    let isDone = false;
    const scanned = watcher.rescan()?.then(() => {
      isDone = true;
    });
    let turns = 0;
    for (; !isDone; turns += 1) {
      expect([[], names]).toContainEqual(runnable()); // never some of them
      await turn();
    }
    await scanned;
    expect(turns).toBeGreaterThan(2);
    expect(runnable()).toEqual(names);
    expect(events.of('plugin.added').map(({ plugin }) => plugin)).toEqual(names);
  });

  test('a scan that is asked for meanwhile finds what has changed since the first one looked', async () => {
    const { dir, watcher, events, scans, runnable } = withManyScripts();
    const first = watcher.rescan();
    await turn();
    write(dir, 'a-late-one.sh'); // the first scan has passed the place of that name
    const others = [watcher.rescan(), watcher.rescan()];
    await first;
    expect(runnable()).toEqual(names);
    await Promise.all(others);
    expect(runnable()).toEqual(['a-late-one.sh', ...names]);
    expect(events.of('plugin.added')).toHaveLength(101);
    expect(scans).toHaveLength(2); // the other two shared one
  });

  test('no event comes once the watcher is closed, and what waits for the scan does not wait for ever', async () => {
    const { watcher, events, runnable } = withManyScripts();
    const scans = [watcher.rescan(), watcher.rescan()];
    await turn();
    watcher.close();
    const { length } = events.all;
    await Promise.all(scans);
    expect(events.all).toHaveLength(length);
    expect(runnable()).toEqual([]);
  });
});

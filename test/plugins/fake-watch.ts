import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Files, systemFiles } from '../../src/io/disk/files.ts';
import type { WatchDirectory } from '../../src/io/disk/watch.ts';
import { PluginWatcher } from '../../src/plugins/watcher.ts';
import { eventLog } from '../helpers/event-log.ts';
import { fakeClock } from '../helpers/fake-clock.ts';
import { self } from './live-directory.ts';

/** A watch whose hints, failures and state are ours. */
export type FakeWatch = {
  readonly path: string;
  readonly hint: () => void;
  readonly fail: (detail: string) => void;
  isLost: boolean;
  isClosed: boolean;
};

/** A watcher whose time and hints are ours; the files are real, and old enough to run. */
export function startWatcher(dir: string, files: Files = systemFiles) {
  const events = eventLog();
  const clock = fakeClock(Date.now() + 10_000);
  const watches: FakeWatch[] = [];
  const scans: (readonly string[])[] = [];
  let replaced = 0;
  const watchDirectory: WatchDirectory = (path, hint, fail) => {
    const watch: FakeWatch = { path, hint, fail, isLost: false, isClosed: false };
    watches.push(watch);
    return {
      isLost: () => watch.isLost,
      close() {
        watch.isClosed = true;
      },
    };
  };
  const watcher = new PluginWatcher(
    { files, clock, watchDirectory },
    {
      dir,
      checker: self,
      emit: events.emit,
      onScan: (files) => void scans.push([...files]),
      onReplaced() {
        replaced += 1;
      },
    },
  );
  onTestFinished(() => watcher.close());
  return {
    watcher,
    events,
    clock,
    watches,
    scans,
    replaced: () => replaced,
    runnable() {
      void watcher.rescan();
      return watcher.runnable().map(({ file }) => file);
    },
    latest(): FakeWatch {
      const watch = watches.at(-1);
      if (!watch) throw new Error('nothing is watched');
      return watch;
    },
  };
}

/** Writes a script, or what shall be taken for one. */
export function write(dir: string, name: string, mode = 0o700): void {
  writeFileSync(join(dir, name), '#!/bin/sh\n');
  chmodSync(join(dir, name), mode);
}

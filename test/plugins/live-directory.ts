import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Clock, Timer } from '../../src/io/clock.ts';
import type { WatchDirectory } from '../../src/io/disk/watch.ts';
import { systemEdges } from '../../src/io/edges.ts';
import { guardedChecker } from '../../src/plugins/guarded-rule.ts';
import { scriptDirectory } from '../../src/plugins/origin.ts';
import type { PermissionChecker } from '../../src/plugins/permissions.ts';
import { PluginWatcher } from '../../src/plugins/watcher.ts';
import { type EventLog, eventLog } from '../helpers/event-log.ts';
import { tempDir } from '../helpers/temp-dir.ts';

/** The user who runs the tests, on a system where modes count. */
export const self: PermissionChecker = { uid: process.getuid?.() ?? 0, checksModes: true, isStrict: false };

/** A watched plugin directory: real files, real chokidar, the real clock. */
export type LiveDirectory = {
  readonly dir: string;
  readonly events: EventLog;
  readonly watcher: PluginWatcher;
  /** The files of the accepted scripts, as the watcher knows them. */
  active(): readonly string[];
  /** Resolves once it holds; looked at after each scan. Nothing is done to bring a scan about. */
  until(holds: () => boolean): Promise<void>;
  /**
   * Resolves once the watch is open and no scan is due: from then on only a hint, or `rescan`, can
   * find a change.
   */
  idle(): Promise<void>;
};

/**
 * A path for a plugin directory. With `isMade` the directory is made, with mode 0700. After the
 * test it can be removed, whatever its mode is then.
 */
export function scriptsPath({ isMade = true } = {}): string {
  const dir = join(tempDir(), 'scripts');
  if (isMade) mkdirSync(dir, { mode: 0o700 });
  onTestFinished(() => {
    if (existsSync(dir)) chmodSync(dir, 0o700);
  });
  return dir;
}

/**
 * Watches `dir` as the agent does: one scan at the start, and from then on by hints. Closed when
 * the test is over.
 */
export function watchLive(dir: string, origin = scriptDirectory): LiveDirectory {
  const edges = systemEdges();
  const events = eventLog();
  const looks = new Set<() => void>();
  const lookAll = () => {
    for (const look of [...looks]) look();
  };
  let timers = 0;
  let opening = 0;

  const clock: Clock = {
    ...edges.clock,
    after(delayMs, fn): Timer {
      timers += 1;
      let isDone = false;
      const done = () => {
        if (!isDone) timers -= 1;
        isDone = true;
      };
      const timer = edges.clock.after(delayMs, () => {
        done();
        fn();
        lookAll();
      });
      return {
        cancel() {
          done();
          timer.cancel();
        },
      };
    },
  };
  const watchDirectory: WatchDirectory = (path, onHint, onError) => {
    opening += 1;
    let isOpening = true;
    const opened = () => {
      if (isOpening) opening -= 1;
      isOpening = false;
    };
    const watch = edges.watchDirectory(
      path,
      () => {
        opened();
        onHint();
      },
      onError,
    );
    return {
      isLost: watch.isLost,
      close() {
        opened();
        watch.close();
      },
    };
  };

  const watcher = new PluginWatcher(
    { files: edges.files, clock, watchDirectory },
    {
      dir,
      origin,
      checker: origin === scriptDirectory ? self : guardedChecker(self.uid, 'linux'),
      emit: events.emit,
      onScan: lookAll,
      onReplaced() {},
    },
  );
  onTestFinished(() => watcher.close());
  void watcher.rescan();

  const until = (holds: () => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!holds()) return;
        looks.delete(look);
        resolve();
      };
      looks.add(look);
      look();
    });
  return {
    dir,
    events,
    watcher,
    active: () => watcher.active().map(({ file }) => file),
    until,
    idle: () => until(() => timers === 0 && opening === 0),
  };
}

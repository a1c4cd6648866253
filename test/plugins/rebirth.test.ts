import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemFiles } from '../../src/io/disk/files.ts';
import { watchDirectory } from '../../src/io/disk/watch.ts';
import { PluginWatcher } from '../../src/plugins/watcher.ts';
import { eventLog } from '../helpers/event-log.ts';
import { fakeClock } from '../helpers/fake-clock.ts';
import { writePlugin } from '../helpers/install-plugin.ts';
import { turn } from '../helpers/turns.ts';
import { type LiveDirectory, scriptsPath, self, watchLive } from './live-directory.ts';

const body = '#!/bin/sh\necho "a 1"\n';

/** A live directory with `old.sh` in it, at rest: only a hint can bring about a scan. */
async function liveWithScript(dir = scriptsPath()): Promise<LiveDirectory> {
  writePlugin(dir, 'old.sh', body);
  const live = watchLive(dir);
  await live.idle();
  return live;
}

/** What is dropped into the directory is seen, and so is a chmod of it, both by hints alone. */
async function expectHints({ dir, events, idle, active }: LiveDirectory): Promise<void> {
  await idle();
  const path = writePlugin(dir, 'later.sh', body);
  await events.next('plugin.added', ({ plugin }) => plugin === 'later.sh');
  await idle();
  chmodSync(path, 0o755);
  await events.next('plugin.rejected', ({ plugin }) => plugin === 'later.sh');
  expect(active()).not.toContain('later.sh');
}

/** Replaces the directory as a deployment does, with `new.sh` in it. */
function remake(dir: string): void {
  mkdirSync(dir, { mode: 0o700 });
  writePlugin(dir, 'new.sh', body);
}

describe('seen by itself, and hints still come', () => {
  test('the directory is removed and made again at once', async () => {
    const live = await liveWithScript();
    execFileSync('/bin/sh', [
      '-c',
      'rm -rf "$0" && mkdir -m 700 "$0" && install -m 700 /dev/null "$0/new.sh"',
      live.dir,
    ]);
    await live.events.next('plugin.added', ({ plugin }) => plugin === 'new.sh');
    expect(live.active()).toEqual(['new.sh']);
    expect(live.events.of('plugin.removed')).toEqual([{ event: 'plugin.removed', plugin: 'old.sh' }]);
    await expectHints(live);
  });

  test('the same, many times over, on whichever inode', async () => {
    const live = await liveWithScript();
    for (let round = 0; round < 10; round += 1) {
      rmSync(live.dir, { recursive: true });
      mkdirSync(live.dir, { mode: 0o700 });
      writePlugin(live.dir, `${round}.sh`, body);
      await live.until(() => live.active().join() === `${round}.sh`);
    }
    await expectHints(live);
  });

  test('an empty directory is removed and made again at once', async () => {
    const live = watchLive(scriptsPath());
    await live.idle();
    rmSync(live.dir, { recursive: true });
    remake(live.dir);
    await live.events.next('plugin.added');
    expect(live.active()).toEqual(['new.sh']);
    await expectHints(live);
  });

  test('the directory is renamed away and made again at once', async () => {
    const live = await liveWithScript();
    renameSync(live.dir, join(scriptsPath(), 'away'));
    remake(live.dir);
    await live.events.next('plugin.added', ({ plugin }) => plugin === 'new.sh');
    expect(live.active()).toEqual(['new.sh']);
    await expectHints(live);
  });

  test('the directory is renamed away and back at once', async () => {
    const live = await liveWithScript();
    const away = join(scriptsPath(), 'away');
    renameSync(live.dir, away);
    renameSync(away, live.dir);
    await expectHints(live);
    expect(live.active()).toEqual(['old.sh']);
  });

  test('the directory is replaced by a link to another', async () => {
    const live = await liveWithScript();
    const target = scriptsPath();
    writePlugin(target, 'new.sh', body);
    rmSync(live.dir, { recursive: true });
    symlinkSync(target, live.dir);
    await live.events.next('plugin.added', ({ plugin }) => plugin === 'new.sh');
    expect(live.active()).toEqual(['new.sh']);
    await expectHints(live);
  });

  test.each(['0755', '0600', '2700'])('the directory is chmodded to %s, and back', async (mode) => {
    const live = await liveWithScript();
    chmodSync(live.dir, mode);
    await live.events.next('plugins.suspended');
    expect(live.active()).toEqual([]);
    await live.idle();
    chmodSync(live.dir, 0o700);
    await live.events.next('plugins.resumed');
    expect(live.active()).toEqual(['old.sh']);
    await expectHints(live);
  });

  test('no one can read the directory for a moment that no scan sees', async () => {
    const live = await liveWithScript();
    chmodSync(live.dir, 0o000);
    await turn(); // the watch may look, and find it closed
    chmodSync(live.dir, 0o700);
    await expectHints(live);
    expect(live.active()).toEqual(['old.sh']);
  });

  test('the directory is away until chokidar has reported it, and back before any scan', async () => {
    const dir = scriptsPath();
    writePlugin(dir, 'old.sh', body);
    const events = eventLog();
    const clock = fakeClock(Date.now());
    let hints = 0;
    const watcher = new PluginWatcher(
      {
        files: systemFiles,
        clock,
        watchDirectory: (path, onHint, onError) =>
          watchDirectory(
            path,
            () => {
              hints += 1;
              onHint();
            },
            onError,
          ),
      },
      { dir, checker: self, emit: events.emit, onScan() {}, onReplaced() {} },
    );
    onTestFinished(() => watcher.close());
    const hinted = async (count: number) => {
      const enough = hints + count;
      while (hints < enough) await turn();
    };
    await watcher.rescan();
    await hinted(1); // it stands
    clock.advance(1000);
    renameSync(dir, `${dir}-away`);
    await hinted(1); // its own watch reports it
    renameSync(`${dir}-away`, dir);
    clock.advance(50);
    await hinted(1); // it stands again
    clock.advance(1000);
    writePlugin(dir, 'later.sh', body);
    await hinted(1);
    clock.advance(50);
    expect(events.all.map((event) => ('plugin' in event ? event.plugin : event.event))).toEqual(['old.sh', 'later.sh']);
  });
});

describe('seen at the next tick, as there was nothing to watch, and hints still come', () => {
  test('the directory is missing at the start, and made later', async () => {
    const live = watchLive(scriptsPath({ isMade: false }));
    expect(live.events.of('plugins.suspended').map(({ rejection }) => rejection.kind)).toEqual(['missing']);
    remake(live.dir);
    await live.watcher.rescan();
    expect(live.events.of('plugins.resumed')).toHaveLength(1);
    expect(live.active()).toEqual(['new.sh']);
    await expectHints(live);
  });

  test('the directory is removed, which is seen by itself, and made again later', async () => {
    const live = await liveWithScript();
    rmSync(live.dir, { recursive: true });
    await live.events.next('plugins.suspended', ({ rejection }) => rejection.kind === 'missing');
    expect(live.active()).toEqual([]);
    await live.idle();
    remake(live.dir);
    await live.watcher.rescan();
    expect(live.events.all.slice(-3).map(({ event }) => event)).toEqual([
      'plugins.resumed',
      'plugin.added',
      'plugin.removed',
    ]);
    expect(live.active()).toEqual(['new.sh']);
    await expectHints(live);
  });

  test('the directory is renamed away, which is seen by itself, and brought back later', async () => {
    const live = await liveWithScript();
    const away = join(scriptsPath(), 'away');
    renameSync(live.dir, away);
    await live.events.next('plugins.suspended', ({ rejection }) => rejection.kind === 'missing');
    await live.idle();
    renameSync(away, live.dir);
    await live.watcher.rescan();
    expect(live.active()).toEqual(['old.sh']);
    await expectHints(live);
  });

  test('no one can read the directory for a while', async () => {
    const live = await liveWithScript();
    chmodSync(live.dir, 0o000);
    await live.events.next(
      'plugins.suspended',
      ({ rejection }) => rejection.kind === 'wrong-mode' && rejection.mode === 0,
    );
    await live.idle();
    chmodSync(live.dir, 0o700);
    await live.watcher.rescan();
    expect(live.events.of('plugins.resumed')).toHaveLength(1);
    expect(live.active()).toEqual(['old.sh']);
    await expectHints(live);
  });

  test('the directory is a link, which is led to another', async () => {
    const [first, second] = [scriptsPath(), scriptsPath()];
    writePlugin(second, 'new.sh', body);
    const link = join(scriptsPath(), 'current');
    symlinkSync(first, link);
    const live = await liveWithScript(link);
    symlinkSync(second, `${link}.new`);
    renameSync(`${link}.new`, link);
    await live.watcher.rescan();
    expect(live.active()).toEqual(['new.sh']);
    await expectHints(live);
    writePlugin(second, 'by-its-own-path.sh', body);
    await live.events.next('plugin.added', ({ plugin }) => plugin === 'by-its-own-path.sh');
  });

  test('a file takes its place for a while', async () => {
    const live = await liveWithScript();
    const away = join(scriptsPath(), 'away');
    renameSync(live.dir, away);
    onTestFinished(() => rmSync(live.dir, { force: true, recursive: true }));
    execFileSync('touch', [live.dir]);
    await live.events.next('plugins.suspended', ({ rejection }) => rejection.kind === 'not-a-directory');
    rmSync(live.dir);
    renameSync(away, live.dir);
    await live.watcher.rescan();
    expect(existsSync(live.dir)).toBe(true);
    expect(live.active()).toEqual(['old.sh']);
    await expectHints(live);
  });
});

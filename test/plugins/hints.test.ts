import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  copyFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { systemFiles } from '../../src/io/disk/files.ts';
import { fixture, writePlugin } from '../helpers/install-plugin.ts';
import { type LiveDirectory, scriptsPath, self, watchLive } from './live-directory.ts';

const isRoot = self.uid === 0;

/**
 * A live directory with the accepted script `a.sh` in it, at rest: only a hint can bring about a
 * scan.
 */
async function liveWithScript(): Promise<LiveDirectory & { readonly script: string }> {
  const dir = scriptsPath();
  const script = writePlugin(dir, 'a.sh', '#!/bin/sh\necho "a 1"\n');
  const live = watchLive(dir);
  await live.idle();
  return { ...live, script };
}

/**
 * Reads and runs it, and sees to it that it counts as read since it was written, even where atime
 * is not kept.
 */
function readAndRun(script: string): void {
  execFileSync(script);
  const facts = systemFiles.facts(script);
  if (facts.kind === 'failed') throw new Error(facts.code);
  utimesSync(script, facts.mtimeMs / 1000 + 60, facts.mtimeMs / 1000);
}

describe('seen by itself, before the next tick', () => {
  test('a script that is moved in', async () => {
    const { dir, events, active, idle } = watchLive(scriptsPath());
    await idle();
    const elsewhere = writePlugin(scriptsPath(), 'b.sh', '#!/bin/sh\n');
    renameSync(elsewhere, join(dir, 'b.sh'));
    await events.next('plugin.added');
    expect(active()).toEqual(['b.sh']);
  });

  test('a script that is copied in with its mode', async () => {
    const { dir, events, active, idle } = watchLive(scriptsPath());
    await idle();
    const elsewhere = writePlugin(scriptsPath(), 'b.sh', '#!/bin/sh\n');
    execFileSync('cp', ['-p', elsewhere, dir]);
    await events.next('plugin.added');
    expect(active()).toEqual(['b.sh']);
  });

  test('a script that is copied in and made executable afterwards', async () => {
    const { dir, events, active, idle } = watchLive(scriptsPath());
    await idle();
    copyFileSync(fixture('plugins/two-gauges'), join(dir, 'b.sh'));
    chmodSync(join(dir, 'b.sh'), 0o644);
    await events.next('plugin.rejected');
    chmodSync(join(dir, 'b.sh'), 0o700);
    await events.next('plugin.added');
    expect(active()).toEqual(['b.sh']);
  });

  test('a script that is moved out', async () => {
    const { script, events, active } = await liveWithScript();
    renameSync(script, join(scriptsPath(), 'a.sh'));
    await events.next('plugin.removed');
    expect(active()).toEqual([]);
  });

  test('a script that is removed', async () => {
    const { script, events, active } = await liveWithScript();
    rmSync(script);
    await events.next('plugin.removed');
    expect(active()).toEqual([]);
  });

  test('a script that is renamed', async () => {
    const { dir, script, events, active } = await liveWithScript();
    renameSync(script, join(dir, 'b.rb'));
    await events.next('plugin.removed');
    expect(active()).toEqual(['b.rb']);
  });

  test('a script over which another is moved', async () => {
    const { script, events, active } = await liveWithScript();
    renameSync(writePlugin(scriptsPath(), 'new', '#!/bin/sh\n'), script);
    await events.next('plugin.changed');
    expect(active()).toEqual(['a.sh']);
    expect(events.of('plugin.removed')).toEqual([]);
  });

  test('a script that sed edits', async () => {
    const { script, events, active } = await liveWithScript();
    execFileSync('sed', ['-i', 's/1/2/', script]);
    await events.next('plugin.changed');
    expect(active()).toEqual(['a.sh']);
  });

  test('a script that is saved in place', async () => {
    const { script, events, active } = await liveWithScript();
    writeFileSync(script, '#!/bin/sh\necho "a 2"\n');
    await events.next('plugin.changed');
    expect(active()).toEqual(['a.sh']);
  });

  test('a script that is saved as vim does, and its leftovers are never reported', async () => {
    const { dir, script, events, active } = await liveWithScript();
    writeFileSync(join(dir, '4913'), '');
    rmSync(join(dir, '4913'));
    writeFileSync(join(dir, '.a.sh.swp'), '');
    renameSync(script, `${script}~`);
    writeFileSync(script, '#!/bin/sh\necho "a 2"\n');
    chmodSync(script, 0o700);
    rmSync(`${script}~`);
    rmSync(join(dir, '.a.sh.swp'));
    await events.next('plugin.changed');
    expect(active()).toEqual(['a.sh']);
    expect(new Set(events.all.map((event) => ('plugin' in event ? event.plugin : event.event)))).toEqual(
      new Set(['a.sh']),
    );
  });

  test('a script that is removed and made again at once', async () => {
    const { script, events, active } = await liveWithScript();
    rmSync(script);
    writeFileSync(script, '#!/bin/sh\necho "another 1"\n', { mode: 0o700 });
    await events.next('plugin.changed');
    expect(active()).toEqual(['a.sh']);
  });

  test('a link that is made, led elsewhere, and removed', async () => {
    const { dir, script, events, active, idle } = await liveWithScript();
    const other = writePlugin(scriptsPath(), 'other', '#!/bin/sh\n');
    symlinkSync(script, join(dir, 'link'));
    await events.next('plugin.added', ({ plugin }) => plugin === 'link');
    await idle();
    symlinkSync(other, join(dir, '.link'));
    renameSync(join(dir, '.link'), join(dir, 'link'));
    await events.next('plugin.changed', ({ plugin }) => plugin === 'link');
    await idle();
    rmSync(join(dir, 'link'));
    await events.next('plugin.removed', ({ plugin }) => plugin === 'link');
    expect(active()).toEqual(['a.sh']);
  });

  test('a chmod of a script that was never read', async () => {
    const dir = scriptsPath();
    const script = writePlugin(dir, 'a.sh', '#!/bin/sh\n', 0o644);
    const { events, active, idle } = watchLive(dir);
    await idle();
    expect(events.of('plugin.rejected')).toHaveLength(1);
    chmodSync(script, 0o700);
    await events.next('plugin.added');
    expect(active()).toEqual(['a.sh']);
  });

  test('a chmod of a script that has run, there and back', async () => {
    const { script, events, active, idle } = await liveWithScript();
    readAndRun(script);
    await events.next('plugin.changed'); // its times were set
    await idle();
    chmodSync(script, 0o755);
    await events.next('plugin.rejected');
    expect(active()).toEqual([]);
    await idle();
    chmodSync(script, 0o700);
    await events.next('plugin.added', () => active().length === 1);
    expect(active()).toEqual(['a.sh']);
  });

  test('a chmod of a script to 0000, there and back', async () => {
    const { script, events, active, idle } = await liveWithScript();
    chmodSync(script, 0o000);
    await events.next('plugin.rejected', ({ rejection }) => rejection.kind === 'wrong-mode' && rejection.mode === 0);
    expect(active()).toEqual([]);
    await idle();
    chmodSync(script, 0o700);
    await events.next('plugin.added', () => active().length === 1);
    expect(active()).toEqual(['a.sh']);
  });

  test.runIf(isRoot)('a chown of a script that has run, there and back (needs root, to give files away)', async () => {
    const { script, events, active, idle } = await liveWithScript();
    readAndRun(script);
    await events.next('plugin.changed');
    await idle();
    chownSync(script, 65534, 65534);
    await events.next('plugin.rejected', ({ rejection }) => rejection.kind === 'wrong-owner');
    await idle();
    chownSync(script, 0, 0);
    await events.next('plugin.added', () => active().length === 1);
    expect(active()).toEqual(['a.sh']);
  });

  test('a script that is written piece by piece: reported once as added, and given to the tick in the end', async () => {
    const { dir, watcher, events, idle, until } = watchLive(scriptsPath());
    await idle();
    const path = join(dir, 'slow.sh');
    writeFileSync(path, '#!/bin/sh\n', { mode: 0o700 });
    await events.next('plugin.added');
    for (let piece = 0; piece < 5; piece += 1) {
      appendFileSync(path, `# ${piece}\n`);
      await events.next('plugin.changed');
    }
    await until(() => watcher.active().every((plugin) => watcher.lookAgain(plugin).kind === 'accepted'));
    await watcher.rescan();
    expect(watcher.runnable().map(({ file }) => file)).toEqual(['slow.sh']);
    expect(events.of('plugin.added')).toHaveLength(1);
  });
});

describe('seen at the next tick, as nothing hints at it', () => {
  test('a write to the target of a link', async () => {
    const dir = scriptsPath();
    const target = writePlugin(scriptsPath(), 'target.rb', '#!/bin/sh\n');
    symlinkSync(target, join(dir, 'link.sh'));
    const { watcher, events, active, idle } = watchLive(dir);
    await idle();
    appendFileSync(target, 'echo "a 1"\n');
    await watcher.rescan();
    expect(events.of('plugin.changed')).toEqual([{ event: 'plugin.changed', plugin: 'link.sh' }]);
    chmodSync(target, 0o755);
    await watcher.rescan();
    expect(events.of('plugin.rejected')).toHaveLength(1);
    expect(active()).toEqual([]);
  });
});

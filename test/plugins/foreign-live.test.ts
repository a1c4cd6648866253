import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { directoryOrigin } from '../../src/plugins/origin.ts';
import { writePlugin } from '../helpers/install-plugin.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { watchLive } from './live-directory.ts';

const body = '#!/bin/sh\necho "a.value 1"\n';
const munin = directoryOrigin('munin', 'native');

/** A live directory of another system with `load` in it, at rest: only hints have it scanned. */
async function live(dir = join(tempDir(), 'plugins')) {
  mkdirSync(dir, { mode: 0o755 });
  writePlugin(dir, 'load', body, 0o755);
  const watched = watchLive(dir, munin);
  await watched.until(() => watched.active().length === 1);
  await watched.idle();
  return watched;
}

test('what is added, edited, chmodded, linked elsewhere and removed is seen by hints alone', async () => {
  const { dir, events, idle, until, active } = await live();
  writePlugin(dir, 'df', body, 0o755);
  await events.next('plugin.added', ({ plugin }) => plugin === 'munin/df');
  await idle();
  writePlugin(dir, 'df', `${body}# edited\n`, 0o755);
  await events.next('plugin.changed', ({ plugin }) => plugin === 'munin/df');
  await idle();
  chmodSync(join(dir, 'df'), 0o757);
  await events.next('plugin.rejected', ({ plugin }) => plugin === 'munin/df');
  await idle();
  chmodSync(join(dir, 'df'), 0o555);
  await until(() => active().length === 2);
  await idle();
  const share = tempDir();
  symlinkSync(writePlugin(share, 'one', body, 0o755), join(share, 'link'));
  renameSync(join(share, 'link'), join(dir, 'df'));
  await events.next('plugin.changed', ({ plugin }) => plugin === 'munin/df');
  await idle();
  rmSync(join(dir, 'df'));
  await events.next('plugin.removed', ({ plugin }) => plugin === 'munin/df');
  expect(active()).toEqual(['munin/load']);
});

test('a directory that is removed, made again and replaced suspends its plugins and has them again', async () => {
  const { dir, events, watcher, idle, until, active } = await live();
  rmSync(dir, { recursive: true });
  expect(await events.next('plugins.suspended')).toMatchObject({ rejection: { kind: 'no-directory' } });
  mkdirSync(dir, { mode: 0o755 });
  writePlugin(dir, 'new', body, 0o755);
  void watcher.rescan(); // as at a tick: nothing is watched while there is no directory
  await until(() => active().join() === 'munin/new');
  await idle();
  const next = join(tempDir(), 'next');
  mkdirSync(next, { mode: 0o755 });
  writePlugin(next, 'other', body, 0o755);
  renameSync(dir, join(tempDir(), 'away'));
  renameSync(next, dir);
  await until(() => active().join() === 'munin/other');
  await idle();
  writePlugin(dir, 'later', body, 0o755);
  await events.next('plugin.added', ({ plugin }) => plugin === 'munin/later');
});

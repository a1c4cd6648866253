import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { holdings } from '../helpers/descriptors.ts';
import { writePlugin } from '../helpers/install-plugin.ts';
import { turn } from '../helpers/turns.ts';
import { type LiveDirectory, scriptsPath, watchLive } from './live-directory.ts';

const body = '#!/bin/sh\necho "a 1"\n';
const names = Array.from({ length: 500 }, (_, index) => `${String(index).padStart(3, '0')}.sh`);

async function live(dir = scriptsPath()): Promise<LiveDirectory> {
  const watched = watchLive(dir);
  await watched.idle();
  return watched;
}

describe('many changes at once are all seen by themselves', () => {
  test('500 scripts are added, each reported once, and removed, each reported once', async () => {
    const { dir, events, active, until, idle } = await live();
    for (const name of names) writePlugin(dir, name, body);
    await until(() => events.of('plugin.added').length === 500);
    expect(active()).toEqual(names);
    await idle();
    for (const name of names) rmSync(join(dir, name));
    await until(() => events.of('plugin.removed').length === 500);
    expect(active()).toEqual([]);
    expect(
      events
        .of('plugin.removed')
        .map(({ plugin }) => plugin)
        .sort(),
    ).toEqual(names); // in any order
    expect(events.all).toHaveLength(1000);
  });

  test('500 scripts come and go while the events of the former are still coming in', async () => {
    const { dir, active, until } = await live();
    for (const [index, name] of names.entries()) {
      writePlugin(dir, name, body);
      const former = names[index - 3];
      if (former !== undefined && index % 3 === 0) rmSync(join(dir, former));
      if (former !== undefined && index % 3 === 1) renameSync(join(dir, former), join(dir, `renamed-${former}`));
      if (former !== undefined && index % 3 === 2) writePlugin(dir, former, `${body}# again\n`);
      if (index % 5 === 0) await turn();
    }
    const left = readdirSync(dir).sort();
    await until(() => active().join() === left.join());
    expect(active().length).toBeGreaterThan(300);
  });
});

/** One of eleven things that happen to a script. */
function change(dir: string, index: number): void {
  const path = join(dir, `${index % 7}.sh`);
  const kinds = [
    () => writePlugin(dir, `${index % 7}.sh`, `${body}# ${index}\n`),
    () => writeFileSync(path, `${body}# ${index}\n`),
    () => rmSync(path, { force: true }),
    () => writeFileSync(path, body, { mode: 0o700 }),
    () => chmodSync(path, 0o755),
    () => chmodSync(path, 0o700),
    () => renameSync(path, join(dir, 'renamed.sh')),
    () => renameSync(join(dir, 'renamed.sh'), path),
    () => mkdirSync(join(dir, 'sub')),
    () => rmSync(join(dir, 'sub'), { recursive: true }),
    () => writeFileSync(join(dir, '.hidden.swp'), String(index)),
  ];
  try {
    kinds[index % kinds.length]?.();
  } catch {
    // what it would have happened to is not there at the moment
  }
}

/** Brings the directory back to seven scripts and nothing else. */
function restore(dir: string): void {
  for (const entry of readdirSync(dir)) rmSync(join(dir, entry), { recursive: true });
  for (let index = 0; index < 7; index += 1) writePlugin(dir, `${index}.sh`, `${body}# restored ${index}\n`);
}

const seven = Array.from({ length: 7 }, (_, index) => `${index}.sh`).join();

describe('nothing is left behind', () => {
  test('after 200 quick changes, no more descriptors, inotify watches and processes than before', async () => {
    const dir = scriptsPath();
    restore(dir);
    const { events, active, until, idle } = await live(dir);
    const before = holdings();
    expect(before.watches).toBeGreaterThanOrEqual(1);
    for (let index = 0; index < 200; index += 1) {
      change(dir, index);
      if (index % 4 === 0) await turn();
    }
    restore(dir);
    await until(() => active().join() === seven);
    while (holdings().descriptors > before.descriptors || holdings().watches > before.watches) await turn();
    expect(holdings()).toEqual(before);
    for (const file of seven.split(',')) {
      await idle();
      chmodSync(join(dir, file), 0o755);
      await events.next('plugin.rejected', ({ plugin }) => plugin === file && !active().includes(file));
    }
  });

  test('after 50 rebirths of the directory and a close, none at all', async () => {
    const warm = await live();
    warm.watcher.close(); // the process has its inotify instance from now on
    const before = holdings();
    const { dir, watcher, active, until } = await live();
    for (let round = 0; round < 50; round += 1) {
      rmSync(dir, { recursive: true });
      mkdirSync(dir, { mode: 0o700 });
      writePlugin(dir, `${round}.sh`, body);
      if (round % 2 === 0) await watcher.rescan();
      else await until(() => active().join() === `${round}.sh`);
    }
    watcher.close();
    while (holdings().descriptors > before.descriptors || holdings().watches > before.watches) await turn();
    expect(holdings()).toEqual(before);
  });
});

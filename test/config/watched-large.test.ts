import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { changed, makeFolder, watchConfig } from './watch-set-up.ts';

const plugins = 3000;

/** Sections of plugins; the last of them has this interval. */
function manySections(lastIntervalS: number): string {
  return Array.from(
    { length: plugins },
    (_, index) => `[plugin:p${index}]\ninterval = ${index === plugins - 1 ? lastIntervalS : 60}s\n`,
  ).join('');
}

/** A watch of a large file, and the number of turns that other work had until it told something. */
function watchLarge() {
  const { dir, write } = makeFolder();
  write(manySections(60));
  const watched = watchConfig(dir, 'x.ini');
  return {
    ...watched,
    write,
    async turnsUntilTold() {
      for (let turns = 0; ; turns += 1) {
        const told = watched.told();
        if (told.length > 0) return { turns, told };
        await turn();
      }
    },
  };
}

test('a large configuration is read in steps, with other work between them, and applied as a whole', async () => {
  const { write, soon, turnsUntilTold, running } = watchLarge();
  write(manySections(120));
  expect(soon()).toEqual([]);
  const { turns, told } = await turnsUntilTold();
  expect(turns).toBeGreaterThan(1);
  expect(told).toEqual([changed(`[plugin:p${plugins - 1}] interval`)]);
  expect(running().plugins.size).toBe(plugins);
});

test('what is written meanwhile is read after it, and a look that is asked for meanwhile is made after it', async () => {
  const { write, soon, clock, watcher, turnsUntilTold } = watchLarge();
  write(manySections(120));
  expect(soon()).toEqual([]);
  write(manySections(180));
  for (let turns = 0; turns < 1000; turns += 1) await turn();
  clock.advance(900); // the files had changed: they are read when they are settled
  expect((await turnsUntilTold()).told).toEqual([changed(`[plugin:p${plugins - 1}] interval`)]);
  write(manySections(240));
  expect(soon()).toEqual([]);
  watcher.lookNow();
  expect((await turnsUntilTold()).told).toHaveLength(1);
});

test('nothing is told once the watch is closed', async () => {
  const { write, soon, told, watcher, clock } = watchLarge();
  write(manySections(120));
  expect(soon()).toEqual([]);
  watcher.lookNow();
  watcher.close();
  for (let turns = 0; turns < 1000; turns += 1) await turn();
  clock.advance(1000);
  expect([told(), clock.pending()]).toEqual([[], 0]);
});

test.each([
  ['after a change', false],
  ['at once', true],
])('whenever it is closed while it reads %s, nothing is told', async (_when, isAtOnce) => {
  const begin = () => {
    const large = watchLarge();
    large.write(manySections(120));
    if (isAtOnce) large.watcher.lookNow();
    else expect(large.soon()).toEqual([]);
    return large;
  };
  const { turns } = await begin().turnsUntilTold();
  for (let eighth = 1; eighth < 8; eighth += 1) {
    const { told, watcher, clock } = begin();
    for (let passed = 0; passed < (turns * eighth) / 8; passed += 1) await turn();
    told(); // on a busy machine it may have been read already
    watcher.close();
    for (let turns = 0; turns < 200; turns += 1) await turn();
    clock.advance(1000);
    expect([told(), clock.pending()]).toEqual([[], 0]);
  }
});

import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { installPlugin } from '../helpers/install-plugin.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { makeHome, testDaemon } from '../helpers/test-daemon.ts';
import { finish, openIn, valuesFor } from './set-up.ts';

const database = (dir: string) => join(dir, 'instrument_server.db');

test('an empty database beside a log of it is reported, and the log is kept: with a copy of the file it is whole', () => {
  const [dir, cut, restored] = [tempDir(), tempDir(), tempDir()];
  const first = openIn(dir);
  finish(first.store, 'p', { values: [1, 2] });
  first.store.flush();
  const log = readFileSync(`${database(dir)}-wal`);
  copyFileSync(database(dir), database(restored));
  first.crash();
  writeFileSync(database(cut), '');
  writeFileSync(`${database(cut)}-wal`, log);
  const again = openIn(cut);
  const aside = readdirSync(cut).find((name) => name.startsWith('instrument_server.db-wal.')) ?? '';
  expect(readFileSync(join(cut, aside)).equals(log)).toBe(true);
  expect(again.state.emptied).toMatchObject({ kind: 'store-emptied', commands: [] });
  expect(again.state.emptied?.sentence).toContain('is empty or missing, but beside it there is a log of it');
  expect(again.state.emptied?.sentence).toContain(', and the log beside it as ');
  expect(again.state.emptied?.sentence).toContain(`The log is kept as ${join(cut, aside)}.`);
  again.close();
  copyFileSync(join(cut, aside), `${database(restored)}-wal`);
  const whole = openIn(restored);
  expect([valuesFor(whole.store, 'a'), whole.state.emptied]).toEqual([[1, 2], null]);
  whole.close();
});

test('a missing database beside kept outputs is reported; a new state directory, and a sound one, are not', () => {
  const dir = tempDir();
  const first = openIn(dir);
  expect(first.state.emptied).toBeNull();
  finish(first.store, 'p', { stdout: 'out' });
  first.close();
  const second = openIn(dir);
  expect(second.state.emptied).toBeNull();
  second.close();
  rmSync(database(dir));
  const third = openIn(dir);
  expect(third.state.emptied?.sentence).toContain('beside it there is 1 kept output of plugins: it was removed or cut');
  third.close();
});

test('the agent logs it when it starts', async () => {
  const home = makeHome();
  installPlugin(home.scripts, 'two-gauges');
  const first = testDaemon(home);
  await first.tickAndFinish('two-gauges');
  await first.stop();
  rmSync(database(home.state));
  expect(testDaemon(home).events.of('store.emptied')).toMatchObject([
    { path: home.state, advice: { kind: 'store-emptied' } },
  ]);
});

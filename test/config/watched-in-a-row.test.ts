import { chmodSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { holdings } from '../helpers/descriptors.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { watchConfig } from './watch-set-up.ts';

/** A good change, and the name that it is reported under. */
type Good = { readonly text: string; readonly name: string };

const good: readonly ((n: number) => Good)[] = [
  (n) => ({ text: `[agent]\nhostname = h${n}`, name: '[agent] hostname' }),
  (n) => ({ text: `[agent]\nreport_interval = ${n + 30}s`, name: '[agent] report_interval' }),
  (n) => ({ text: `[collector]\napi_key = key${n}`, name: '[collector] api_key' }),
  (n) => ({ text: `[collector]\naddress = host${n}`, name: '[collector] address' }),
  (n) => ({ text: `[sink:graphite]\naddress = host${n}`, name: '[sink:graphite]' }),
  (n) => ({ text: `[plugin:p${n}]\nenabled = no`, name: `[plugin:p${n}] enabled` }),
  (n) => ({ text: `[env]\nV${n} = ${n}`, name: `[env] V${n}` }),
];

const broken: readonly ((n: number) => string)[] = [
  (n) => `[agent]\n\nnonsense${n} = 1`,
  (n) => `[agent]\n\nmax_concurrency = -${n}`,
  () => '[agent]\nhostname = x\nhostname = y',
  (n) => `[agent]\n; ${n}\n[agnt]`,
  () => '[log]\n\nlevel: warn',
  () => '[sink:influx]\ndatabase = d\nurl = ftp://x',
  () => '[agent]\nreport_interval = 7s\n[plugin:x',
];

test('of 500 changes in a row, every third one broken, the last good one always applies, each broken one is reported once with its line, and nothing is left behind', () => {
  const dir = tempDir();
  const file = join(dir, 'x.ini');
  mkdirSync(join(dir, 'x.d'));
  const dropIn = join(dir, 'x.d/a.ini');
  writeFileSync(file, '');
  const { clock, running, soon, watcher } = watchConfig(dir, 'x.ini');
  const before = holdings();
  let lastGood = running();
  for (let n = 1; n <= 500; n += 1) {
    const isBroken = n % 3 === 0;
    const text = isBroken ? (broken[n % broken.length]?.(n) ?? '') : (good[n % good.length]?.(n).text ?? '');
    const where = n % 5 === 0 ? dropIn : file;
    // In place, or renamed into place; the other file is emptied or gone.
    if (where === file) rmSync(dropIn, { force: true });
    else writeFileSync(file, '#'.repeat(n));
    if (n % 2 === 0) writeFileSync(where, `${text}\n${'#'.repeat(n)}`);
    else {
      writeFileSync(`${where}.new`, text);
      renameSync(`${where}.new`, where);
    }
    chmodSync(where, 0o600);
    const told = [...soon(), ...soon()];
    expect(told, text).toHaveLength(1);
    if (isBroken) {
      expect(told).toMatchObject([{ refused: [expect.stringContaining(`${where}:3: `)] }]);
      expect(running()).toBe(lastGood);
    } else {
      expect(told).toMatchObject([
        { changed: expect.arrayContaining([good[n % good.length]?.(n).name]), warnings: [] },
      ]);
      expect(running()).not.toBe(lastGood);
      lastGood = running();
    }
    expect(clock.pending()).toBe(1);
  }
  expect(holdings()).toEqual(before);
  watcher.close();
  expect(clock.pending()).toBe(0);
});

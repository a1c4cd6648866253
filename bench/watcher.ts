import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../src/io/clock.ts';
import { systemFiles } from '../src/io/disk/files.ts';
import { watchDirectory } from '../src/io/disk/watch.ts';
import { pluginFile } from '../src/model/plugin.ts';
import { checkerOf } from '../src/plugins/permissions.ts';
import { PluginWatcher } from '../src/plugins/watcher.ts';
import { makePlace, writePlugin, writeShellPlugins } from './agent.ts';
import { type Bench, table } from './section.ts';
import { median, spread } from './statistics.ts';
import { buildYardsticks, noCompiler } from './yardsticks.ts';

const changes = 7;
const looks = 10;

/** The figures of the live directory, measured in this process. In ms. */
type WatcherCost = {
  readonly startMs: number;
  readonly changeMs: readonly number[];
  readonly lookMs: readonly number[];
};

/** Measures how the plugin directory is watched, and scanned at each tick. */
export const watcher: Bench = {
  name: 'watcher',
  title: 'The live directory',
  async run(say) {
    const yardsticks = buildYardsticks();
    const rows: string[][] = [];
    for (const scripts of [10, 100, 1000, 10_000]) {
      const place = makePlace();
      writeShellPlugins(place.scripts, scripts);
      const bareMs = (await yardsticks?.statAll(place.scripts, 30)) ?? Number.NaN;
      const { startMs, changeMs, lookMs } = await measure(place.scripts, place.dir);
      place.remove();
      const row = [
        startMs.toFixed(0),
        spread(changeMs, 0),
        spread(lookMs, 2),
        bareMs.toFixed(2),
        ((median(lookMs) / scripts) * 1000).toFixed(1),
      ];
      say(`watcher of ${scripts}: ${row.join(', ')}`);
      rows.push([scripts.toLocaleString('en'), ...row]);
    }
    yardsticks?.close();
    const text = `In ms; "start" and "a scan" are CPU. The start ends when the watch is set and a second scan has found
nothing new. A new script is moved in, and seen after the agent has waited 50 ms for more changes. Each
tick begins with a scan. Yardstick: \`bench/stat-all.c\`, which reads the folder and stats each entry.
${yardsticks === null ? noCompiler : ''}

${table(['scripts', 'start', 'until a new script is seen', 'a scan', 'yardstick', 'µs of a scan a script'], rows)}`;
    return { text, limits: [] };
  },
};

async function measure(dir: string, beside: string): Promise<WatcherCost> {
  let scans = 0;
  let present: ReadonlySet<string> = new Set();
  const before = process.cpuUsage();
  const live = new PluginWatcher(
    { files: systemFiles, clock: systemClock, watchDirectory },
    {
      dir,
      checker: checkerOf(process.getuid?.() ?? null, process.platform, false),
      emit: () => {},
      onScan(files) {
        scans += 1;
        present = new Set(files);
      },
      onReplaced: () => {},
    },
  );
  await live.rescan();
  while (scans < 2) await delay(5);
  const startMs = cpuMsSince(before);
  const changeMs: number[] = [];
  for (let change = 0; change < changes; change += 1) {
    const file = pluginFile(`new_${change}`);
    writePlugin(join(beside, file), '#!/bin/sh\necho "m 1"\n');
    await delay(300); // until nothing is in progress
    const movedMs = performance.now();
    renameSync(join(beside, file), join(dir, file));
    while (!present.has(file)) await delay(1);
    changeMs.push(performance.now() - movedMs);
  }
  await delay(500);
  const lookMs: number[] = [];
  for (let look = 0; look < looks; look += 1) {
    const begun = process.cpuUsage();
    await live.rescan();
    lookMs.push(cpuMsSince(begun));
  }
  live.close();
  return { startMs, changeMs, lookMs };
}

function cpuMsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

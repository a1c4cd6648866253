import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type JudgedScript, pluginFile, pluginName } from '../src/model/plugin.ts';
import { unixSeconds } from '../src/model/sample.ts';
import type { PluginFigures } from '../src/view/plugin-figures.ts';
import { PluginSampler } from '../src/view/plugin-metrics.ts';
import { makePlace, nextTickMs, startMeasuredAgent, until, writeShellPlugins } from './agent.ts';
import { readAgentCpu } from './process-cpu.ts';
import { type Bench, type Section, table } from './section.ts';
import { median, spread } from './statistics.ts';

const plugins = 1000;
const cycleS = 20; // between two runs of a plugin; there is a tick each second
const quietFromS = 10; // then all runs have ended
const quietTicks = 8; // in them each plugin has its turn once
const left = 3; // cycles in which code is compiled
const cycles = 10;

/** Measures what the metrics of 1,000 plugins cost an agent. */
export const pluginMetrics: Bench = {
  name: 'plugin-metrics',
  title: 'The metrics of each plugin',
  async run(say): Promise<Section> {
    const { off, on } = await measureCpu(say);
    const heapMiB = measureHeapMiB();
    say(`heap: ${heapMiB.toFixed(2)} MiB`);
    const runMs = median(off.map(({ run }) => run));
    const more = on.map(({ quiet }, index) => quiet - (off[index]?.quiet ?? 0));
    const text = `One agent has ${plugins.toLocaleString('en')} \`sh\` plugins that print a line each, and runs them at each 20th tick. Its
\`plugin_metrics\` is on and off in turn, from one such tick to the next. What the metrics cost is seen at ticks at
which no plugin runs, and compared with a tick at which all run, without the metrics. CPU is that of the agent's own
process, user and system, in ms a tick. Memory is what the series keep on the heap.

${table(
  ['at a tick', 'CPU'],
  [
    [
      'at which all plugins run',
      spread(
        off.map(({ run }) => run),
        0,
      ),
    ],
    [
      'at which none runs, without the metrics',
      spread(
        off.map(({ quiet }) => quiet),
        1,
      ),
    ],
    [
      'at which none runs, with the metrics',
      spread(
        on.map(({ quiet }) => quiet),
        1,
      ),
    ],
    ['the metrics', spread(more, 1)],
  ],
)}`;
    return {
      text,
      limits: [
        {
          what: 'CPU that they add to a tick at which all plugins run',
          measured: (median(more) / runMs) * 100,
          allowed: 3,
          unit: ' %',
          digits: 1,
        },
        { what: 'memory of the series of 1,000 plugins', measured: heapMiB, allowed: 4, unit: ' MiB', digits: 2 },
      ],
    };
  },
};

/** CPU in ms of a tick at which all plugins run, and of one at which none does. */
type CycleCost = { readonly run: number; readonly quiet: number };

async function measureCpu(
  say: (line: string) => void,
): Promise<{ readonly off: CycleCost[]; readonly on: CycleCost[] }> {
  const place = makePlace();
  const elsewhere = join(place.dir, 'elsewhere');
  mkdirSync(elsewhere, { mode: 0o755 });
  writeShellPlugins(elsewhere, plugins);
  const configOf = (isOn: boolean) =>
    `[agent]\nhost_metrics = false\nself_metrics = true\nplugin_metrics = ${isOn}\n` +
    `[directory:elsewhere]\npath = ${elsewhere}\ninterval = ${cycleS}s\n`;
  const agent = await startMeasuredAgent(place, ['-r', '1'], { config: configOf(true) });
  await agent.entry('daemon.started');
  const ownMs = () => readAgentCpu(agent.pid).ownMs;
  await until(nextTickMs(cycleS, 0) + left * cycleS * 1000 - 2000);
  const [off, on]: [CycleCost[], CycleCost[]] = [[], []];
  for (let cycle = 0; cycle < 2 * cycles; cycle += 1) {
    const isOn = cycle % 2 === 1;
    const tickMs = nextTickMs(cycleS, 0);
    await until(tickMs - 50);
    const atRun = ownMs();
    writeFileSync(join(place.dir, 'agent.ini'), configOf(isOn), { mode: 0o600 });
    await until(tickMs + quietFromS * 1000 - 50);
    const atQuiet = ownMs();
    await until(tickMs + (quietFromS + quietTicks) * 1000 - 50);
    const quiet = (ownMs() - atQuiet) / quietTicks;
    const run = atQuiet - atRun - (quietFromS - 1) * quiet;
    (isOn ? on : off).push({ run, quiet });
    say(
      `plugin metrics ${isOn ? 'on' : 'off'}: ${run.toFixed(0)} ms of CPU at a tick with runs, ${quiet.toFixed(1)} at others`,
    );
  }
  await agent.stop();
  place.remove();
  return { off, on };
}

/** What the series of plugins keep on the heap, in MiB. */
function measureHeapMiB(): number {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  const scripts = Array.from({ length: plugins }, (_, index) => scriptOf(`plugin_${index}.sh`));
  const figures: PluginFigures = { state: 'ok', reason: '', isReporting: true, overdueS: 0, facts: noFacts };
  const metrics = new PluginSampler();
  const tick = {
    hostname: 'bench-host',
    atS: unixSeconds(1e9),
    intervalS: 30,
    scripts,
    figuresOf: () => figures,
    hashOf: ({ plugin }: JudgedScript) => plugin.file.padEnd(12, '0').slice(-12),
  };
  collect();
  const before = process.memoryUsage().heapUsed;
  for (const _ of metrics.tickWalk(tick));
  collect();
  const bytes = process.memoryUsage().heapUsed - before;
  metrics.forget();
  return bytes / 1024 ** 2;
}

function scriptOf(entry: string): JudgedScript {
  const plugin = { file: pluginFile(entry), name: pluginName(entry), path: `/scripts/${entry}` };
  const nothing = { rejection: null, advice: null, note: null, collision: null };
  return { plugin, ...nothing, freeName: () => entry, isSettled: true };
}

const noFacts: PluginFigures['facts'] = {
  run: null,
  lastReportAtS: 1e9,
  runs: 0,
  failuresInARow: 0,
  skips: 0,
  lastRunSkips: { waiting: 0, running: 0 },
  stderr: [],
  recent: () => [],
  durations: () => null,
  beats: () => '',
};

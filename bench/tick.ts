import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type BenchAgent, makePlace, nextTickMs, startAgent, until, writeShellPlugins } from './agent.ts';
import { buildFloor, type Floor, noCompiler } from './floor.ts';
import { type AgentCpu, cpuBetween, descendants, readAgentCpu, timesScheduled } from './process-cpu.ts';
import { type Bench, type Section, table } from './section.ts';
import { median, spread } from './statistics.ts';

const rounds = 3;
const concurrency = Math.max(4, 2 * availableParallelism()); // the agent's default
/** `left`: so many ticks before those that count, in which shells are opened and code is compiled. */
type Size = { readonly plugins: number; readonly left: number; readonly ticks: number };
const sizes: readonly Size[] = [
  { plugins: 10, left: 8, ticks: 10 },
  { plugins: 100, left: 8, ticks: 10 },
  { plugins: 1000, left: 1, ticks: 5 },
  { plugins: 10_000, left: 1, ticks: 2 },
];
const loopDelay = fileURLToPath(new URL('loop-delay.mjs', import.meta.url));

/** One round of one size: CPU a run in ms, and from the boundary to the last run's end and to the collector, a tick. */
type Round = {
  readonly floorOwn: number;
  readonly floorChildren: number;
  readonly floorMs: number;
  readonly own: number;
  readonly helpers: number;
  readonly plugins: number;
  readonly makespanMs: number;
  readonly deliveredMs: number;
};

/** How late the agent's event loop was during a tick, in ms. */
type Lateness = { readonly p50: number; readonly p99: number; readonly max: number };

/** The agent's own CPU a run in ms: its process, its helpers, and what plugins cost more under it than under the yardstick. */
function ownCost({ own, helpers, plugins, floorChildren }: Round): number {
  return own + helpers + Math.max(0, plugins - floorChildren);
}

/** A tick of 10, 100, 1,000 and 10,000 plugins, end to end. */
export const tick: Bench = {
  name: 'tick',
  title: 'A tick',
  async run(say): Promise<Section> {
    const floor = buildFloor();
    const measured: { plugins: number; rounds: Round[] }[] = [];
    for (const size of sizes) {
      const { plugins } = size;
      const results: Round[] = [];
      for (let round = 0; round < rounds; round += 1) {
        const result = await measureRound(floor, size);
        results.push(result);
        say(
          `tick of ${plugins}: ${ownCost(result).toFixed(3)} ms of CPU a run (agent ${result.own.toFixed(3)}, shells ${result.helpers.toFixed(3)}, ` +
            `plugins ${result.plugins.toFixed(3)}); floor ${result.floorOwn.toFixed(3)}, its plugins ${result.floorChildren.toFixed(3)}; ` +
            `makespan ${result.makespanMs.toFixed(0)} ms, floor ${result.floorMs.toFixed(0)}, delivered ${result.deliveredMs.toFixed(0)}`,
        );
      }
      measured.push({ plugins, rounds: results });
    }
    const late = await measureLateness(1000, 5);
    say(`event loop in a tick of 1000: ${late.map(({ p50, p99, max }) => `p50 ${p50.toFixed(1)} p99 ${p99.toFixed(1)} max ${max.toFixed(1)}`).join('; ')}`);
    floor?.close();

    const costs = (plugins: number) => measured.find((size) => size.plugins === plugins)?.rounds.map(ownCost) ?? [];
    const thousand = measured.find((size) => size.plugins === 1000)?.rounds ?? [];
    const figures = (of: readonly Round[], key: keyof Round, digits: number) =>
      spread(
        of.map((round) => round[key]),
        digits,
      );
    const rows = measured.map(({ plugins, rounds: of }) => [
      plugins.toLocaleString('en'),
      spread(of.map(ownCost), 3),
      figures(of, 'own', 3),
      figures(of, 'helpers', 3),
      `${figures(of, 'plugins', 3)} against ${figures(of, 'floorChildren', 3)}`,
      figures(of, 'floorOwn', 3),
      figures(of, 'makespanMs', 0),
      figures(of, 'floorMs', 0),
      figures(of, 'deliveredMs', 0),
    ]);
    const text = `So many \`sh\` plugins that print a line each run at every tick of the built agent, ${concurrency} at a time, and what they print goes to a collector in a process of its
own. The first tick of each round (the first eight of 10 and 100 plugins), in which shells are opened and code is compiled, is left out. Yardstick: \`bench/floor.c\`, which runs the same scripts, as many at a time,
by \`posix_spawn\` with pipes. ${floor === null ? noCompiler : ''}

CPU is in ms a run, user and system: of the agent's process, of its resident shells (both exact), and of the plugins' processes (in steps of 10 ms for all together).
What these cost more than under the yardstick is counted as the agent's own, for a shell forks before it becomes a script. Times are in ms a tick: from the boundary until
the shells sleep for good, as \`/proc\` tells every 5 ms, and until the collector has everything.

${table(['plugins', 'own CPU a run', 'agent', 'shells', "plugins' processes", 'yardstick', 'makespan', 'yardstick', 'delivered'], rows)}

The event loop of the agent at a tick of 1,000, in rounds of their own: p50 ${spread(
      late.map(({ p50 }) => p50),
      1,
    )} ms, p99 ${spread(
      late.map(({ p99 }) => p99),
      1,
    )} ms, longest ${spread(
      late.map(({ max }) => max),
      1,
    )} ms late.`;
    return {
      text,
      limits: [
        { what: 'own CPU a run at 1,000 plugins', measured: median(costs(1000)), allowed: 0.22, unit: ' ms', digits: 3 },
        {
          what: 'makespan of 1,000 plugins, as a multiple of the yardstick',
          measured: median(thousand.map(({ makespanMs, floorMs }) => makespanMs / floorMs)),
          allowed: 1.25,
          unit: '',
          digits: 2,
        },
        {
          what: 'own CPU a run at 10,000 plugins, as a multiple of that at 100',
          measured: median(costs(10_000)) / median(costs(100)),
          allowed: 1.3,
          unit: '',
          digits: 2,
        },
        {
          what: 'event-loop delay at p99 in a tick of 1,000',
          measured: median(late.map(({ p99 }) => p99)),
          allowed: 20,
          unit: ' ms',
          digits: 1,
        },
      ],
    };
  },
};

async function measureRound(floor: Floor | null, { plugins, left, ticks }: Size): Promise<Round> {
  const place = makePlace();
  writeShellPlugins(place.scripts, plugins);
  await floor?.run(place.scripts, { concurrency }); // the files are in the cache
  const bare = await floor?.run(place.scripts, { concurrency, repeat: ticks });
  const floorMs = (bare?.wallMs ?? Number.NaN) / ticks;
  const intervalS = Math.ceil((3 * (bare ? floorMs : plugins)) / 1000);
  const agent = await startAgent(place, ['-r', String(intervalS)]);
  await agent.entry('daemon.started');
  let tickMs = nextTickMs(intervalS, 500); // the scripts have been left alone for long enough
  const makespans: number[] = [];
  const deliveries: number[] = [];
  let before: AgentCpu | null = null;
  let linesBefore = 0;
  for (let round = 0; round < left + ticks; round += 1) {
    await until(tickMs - 50);
    if (round === left) {
      before = readAgentCpu(agent.pid);
      linesBefore = agent.collector.received();
    }
    const { endedMs, deliveredMs } = await watchTick(agent, tickMs, agent.collector.received() + plugins);
    if (round >= left) makespans.push(endedMs);
    if (round >= left) deliveries.push(deliveredMs);
    tickMs = Math.max(tickMs + intervalS * 1000, nextTickMs(intervalS, 50));
  }
  await until(tickMs - 50);
  const cpu = cpuBetween(before ?? readAgentCpu(agent.pid), readAgentCpu(agent.pid));
  const runs = agent.collector.received() - linesBefore; // more than expected where a tick was so late that another came before it was looked at
  await agent.stop();
  place.remove();
  return {
    floorOwn: (bare?.ownMs ?? Number.NaN) / (plugins * ticks),
    floorChildren: (bare?.childrenMs ?? Number.NaN) / (plugins * ticks),
    floorMs,
    own: cpu.ownMs / runs,
    helpers: cpu.helpersMs / runs,
    plugins: cpu.endedMs / runs,
    makespanMs: median(makespans),
    deliveredMs: median(deliveries),
  };
}

/** From the boundary until the helpers sleep for good and until the collector has so many lines, in ms. Looking costs the agent nothing. */
async function watchTick(agent: BenchAgent, tickMs: number, lines: number): Promise<{ readonly endedMs: number; readonly deliveredMs: number }> {
  let helpers = descendants(agent.pid);
  let deliveredMs: number | null = null;
  const delivered = agent.collector.whenReceived(lines).then((atMs) => {
    deliveredMs = atMs - tickMs;
  });
  await until(tickMs);
  let schedules = '';
  let endedMs = 0;
  while (deliveredMs === null || Date.now() - tickMs - endedMs < 100) {
    const seen = helpers.map(timesScheduled).join(' ');
    if (seen !== schedules) endedMs = Date.now() - tickMs;
    schedules = seen;
    await delay(5);
    if (helpers.length < concurrency) helpers = descendants(agent.pid);
  }
  await delivered;
  return { endedMs, deliveredMs };
}

/** How late the event loop was in each of so many ticks, the first left out. */
async function measureLateness(plugins: number, ticks: number): Promise<readonly Lateness[]> {
  const place = makePlace();
  writeShellPlugins(place.scripts, plugins);
  const file = join(place.dir, 'loop-delay.json');
  const agent = await startAgent(place, ['-r', '3'], { nodeFlags: ['--import', loopDelay], env: { LOOP_DELAY_FILE: file } });
  await agent.entry('daemon.started');
  let tickMs = nextTickMs(3, 500);
  const late: Lateness[] = [];
  for (let round = 0; round <= ticks; round += 1) {
    await until(tickMs - 100);
    agent.child.kill('SIGUSR2'); // begins anew
    await watchTick(agent, tickMs, agent.collector.received() + plugins);
    agent.child.kill('SIGUSR2');
    await delay(100);
    if (round > 0) late.push(JSON.parse(readFileSync(file, 'utf8')));
    tickMs = nextTickMs(3, 200);
  }
  await agent.stop();
  place.remove();
  return late;
}

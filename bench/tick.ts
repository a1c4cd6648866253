import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { makePlace, nextTickMs, startMeasuredAgent, until, writeChangingPlugins, writeShellPlugins } from './agent.ts';
import { type Bench, type Section, table } from './section.ts';
import { median, spread } from './statistics.ts';
import { measureRound, ownCost, type Round, type RoundOptions, watchTick } from './tick-round.ts';
import { buildYardsticks, noCompiler } from './yardsticks.ts';

const concurrency = Math.max(4, 2 * availableParallelism()); // the agent's default
const [same, changing] = [writeShellPlugins, writeChangingPlugins];
const sizes: readonly (Omit<RoundOptions, 'concurrency'> & { readonly rounds: number })[] = [
  { plugins: 10, left: 8, ticks: 10, rounds: 3, write: same },
  { plugins: 100, left: 8, ticks: 10, rounds: 3, write: same },
  { plugins: 1000, left: 20, ticks: 5, rounds: 5, write: same },
  { plugins: 1000, left: 20, ticks: 5, rounds: 3, write: changing },
  { plugins: 10_000, left: 1, ticks: 1, rounds: 3, write: same },
];
const assumedIntervalS = 30; // the default
const loopDelay = fileURLToPath(new URL('loop-delay.mjs', import.meta.url));

/** How late the agent's event loop was during a tick, in ms. */
type Lateness = { readonly p50: number; readonly p99: number; readonly max: number };

/** Measures a tick of 10, 100, 1,000 and 10,000 plugins, end to end. */
export const tick: Bench = {
  name: 'tick',
  title: 'A tick',
  async run(say): Promise<Section> {
    const yardsticks = buildYardsticks();
    const measured: { plugins: number; label: string; write: RoundOptions['write']; rounds: Round[] }[] = [];
    for (const size of sizes) {
      const { plugins, rounds, write } = size;
      const label = `${plugins.toLocaleString('en')}${write === changing ? ', another line each time' : ''}`;
      const results: Round[] = [];
      for (let round = 0; round < rounds; round += 1) {
        const result = await measureRound(yardsticks, { ...size, concurrency });
        results.push(result);
        say(
          `tick of ${label}: ${ownCost(result).toFixed(3)} ms of CPU a run (agent ${result.own.toFixed(3)}, ` +
            `plugins ${result.plugins.toFixed(3)}); floor ${result.floorOwn.toFixed(3)}, its plugins ${result.floorChildren.toFixed(3)}; ` +
            `makespan ${result.makespanMs.toFixed(0)} ms, floor ${result.floorMs.toFixed(0)}, delivered ${result.deliveredMs.toFixed(0)}`,
        );
      }
      measured.push({ plugins, label, write, rounds: results });
    }
    const late = await measureLateness(1000, 5);
    say(
      `event loop in a tick of 1000: ${late.map(({ p50, p99, max }) => `p50 ${p50.toFixed(1)} p99 ${p99.toFixed(1)} max ${max.toFixed(1)}`).join('; ')}`,
    );
    yardsticks?.close();

    const roundsOf = (plugins: number) =>
      measured.find((size) => size.plugins === plugins && size.write === same)?.rounds ?? [];
    const costs = (plugins: number) => roundsOf(plugins).map(ownCost);
    const thousand = roundsOf(1000);
    const figures = (of: readonly Round[], key: keyof Round, digits: number) =>
      spread(
        of.map((round) => round[key]),
        digits,
      );
    const rows = measured.map(({ plugins, label, rounds: of }) => [
      label,
      spread(of.map(ownCost), 3),
      figures(of, 'own', 3),
      `${figures(of, 'plugins', 3)} against ${figures(of, 'floorChildren', 3)}`,
      figures(of, 'floorOwn', 3),
      figures(of, 'makespanMs', 0),
      figures(of, 'floorMs', 0),
      figures(of, 'deliveredMs', 0),
      figures(of, 'rssMiB', 0),
      `${((median(of.map(ownCost)) * plugins) / (assumedIntervalS * 10)).toFixed(2)} %`,
    ]);
    const text = `At every tick of the built agent, \`sh\` plugins run that print a line each, ${concurrency} at a time. Their output goes to
a collector in a separate process. Code is compiled in the first ticks of each round, so these are left
out: eight, twenty with 1,000 plugins, one with 10,000. A plugin prints the same line each time, except
in one row: if it prints another line, its output is written to a file again, for the next run's stdin.
Yardstick: \`bench/floor.c\`, which runs the same scripts, as many at a time, by \`posix_spawn\` with
pipes. ${yardsticks === null ? noCompiler : ''}

CPU is in ms a run, user and system: of the agent's process with all its threads (exact), and of the
plugins' processes (in steps of 10 ms for all together). What the plugins' processes cost more than
under the yardstick, or less, counts as the agent's own, because the agent makes each process before it
executes the script.

Times are in ms a tick: from the boundary until no plugin is seen any more (in \`/proc\`, every 5 ms), and
until the collector has everything. Memory is that of the agent's process at the end of a round. The last
column is the agent's own CPU in % of one core, at a tick every 30 s; add that of an idle agent.

${table(['plugins', 'own CPU a run', 'agent', "plugins' processes", 'yardstick', 'makespan', 'yardstick', 'delivered', 'MiB', 'at 30 s'], rows)}

How late the agent's event loop was at a tick of 1,000, in separate rounds: p50 ${spread(
      late.map(({ p50 }) => p50),
      1,
    )} ms, p99 ${spread(
      late.map(({ p99 }) => p99),
      1,
    )} ms, longest ${spread(
      late.map(({ max }) => max),
      1,
    )} ms.`;
    return {
      text,
      limits: [
        {
          what: 'own CPU a run at 1,000 plugins',
          measured: median(costs(1000)),
          allowed: 0.22,
          unit: ' ms',
          digits: 3,
        },
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

/** How late the event loop was in each of `ticks` ticks, the first left out. */
async function measureLateness(plugins: number, ticks: number): Promise<readonly Lateness[]> {
  const place = makePlace();
  writeShellPlugins(place.scripts, plugins);
  const file = join(place.dir, 'loop-delay.json');
  const agent = await startMeasuredAgent(place, ['-r', '3'], {
    nodeFlags: ['--import', loopDelay],
    env: { LOOP_DELAY_FILE: file },
  });
  await agent.entry('daemon.started');
  let tickMs = nextTickMs(3, 500);
  const late: Lateness[] = [];
  for (let round = 0; round <= ticks; round += 1) {
    await until(tickMs - 100);
    agent.child.kill('SIGUSR2'); // begins to count again
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

import { setTimeout as delay } from 'node:timers/promises';
import { type BenchAgent, makePlace, nextTickMs, startMeasuredAgent, until } from './agent.ts';
import { type AgentCpu, cpuBetween, hasChildren, readAgentCpu, readProcessMemory } from './process-cpu.ts';
import { median } from './statistics.ts';
import type { FloorCost, Yardsticks } from './yardsticks.ts';

/**
 * What a round runs. `write` fills the script folder with plugins that print a line each. `left`
 * is the number of ticks before those that count; code is compiled in them.
 */
export type RoundOptions = {
  readonly plugins: number;
  readonly left: number;
  readonly ticks: number;
  readonly concurrency: number;
  /** The path of the Node that the agent runs on; by default this process's own. */
  readonly node?: string;
  readonly write: (dir: string, count: number) => void;
};

/**
 * The figures of one round: CPU a run in ms; the time of a tick from the boundary to the end of
 * the last run, and to the last line at the collector; the agent's memory at the end.
 */
export type Round = {
  readonly floorOwn: number;
  readonly floorChildren: number;
  readonly floorMs: number;
  readonly own: number;
  readonly plugins: number;
  readonly makespanMs: number;
  readonly deliveredMs: number;
  readonly rssMiB: number;
};

/**
 * The agent's own CPU a run in ms: that of its process, and what plugins cost more under it than
 * under the yardstick. Less counts, too, because a round that left out only one of the two would
 * not be a fair measure.
 */
export function ownCost({ own, plugins, floorChildren }: Round): number {
  return own + plugins - floorChildren;
}

/**
 * Runs ticks of the agent, and between two of them the yardstick on the same scripts: the speed of
 * a machine changes within seconds.
 */
export async function measureRound(
  yardsticks: Yardsticks | null,
  { plugins, left, ticks, concurrency, node = process.execPath, write }: RoundOptions,
): Promise<Round> {
  const place = makePlace();
  write(place.scripts, plugins);
  const first = await yardsticks?.floor(place.scripts, { concurrency }); // from here on, the files are in the cache
  const intervalS = Math.ceil((4 * (first?.wallMs ?? plugins) + 500) / 1000);
  const agent = await startMeasuredAgent(place, ['-r', String(intervalS)], {
    config: `[agent]\nhost_metrics = false\nmax_concurrency = ${concurrency}\n`,
    node,
  });
  await agent.entry('daemon.started');
  let tickMs = nextTickMs(intervalS, 500); // until no script counts as being written
  const makespans: number[] = [];
  const deliveries: number[] = [];
  const floors: FloorCost[] = [];
  let before: AgentCpu | null = null;
  let linesBefore = 0;
  for (let round = 0; round < left + ticks; round += 1) {
    await until(tickMs - 50);
    if (round === left) {
      before = readAgentCpu(agent.pid);
      linesBefore = agent.collector.received();
    }
    const { endedMs, deliveredMs } = await watchTick(agent, tickMs, agent.collector.received() + plugins);
    if (round >= left) {
      makespans.push(endedMs);
      deliveries.push(deliveredMs);
      const floor = await yardsticks?.floor(place.scripts, { concurrency });
      if (floor) floors.push(floor);
    }
    tickMs = Math.max(tickMs + intervalS * 1000, nextTickMs(intervalS, 50));
  }
  await until(tickMs - 50);
  const cpu = cpuBetween(before ?? readAgentCpu(agent.pid), readAgentCpu(agent.pid));
  const { rssMiB } = readProcessMemory(agent.pid);
  // more than expected if another tick came before this one was looked at
  const runs = agent.collector.received() - linesBefore;
  await agent.stop();
  place.remove();
  const bare = (of: (floor: FloorCost) => number) =>
    floors.length === 0 ? Number.NaN : floors.reduce((sum, floor) => sum + of(floor), 0);
  return {
    floorOwn: bare(({ ownMs }) => ownMs) / (plugins * ticks),
    floorChildren: bare(({ childrenMs }) => childrenMs) / (plugins * ticks),
    floorMs: median(floors.map(({ wallMs }) => wallMs)),
    own: (cpu.ownMs + cpu.helpersMs) / runs,
    plugins: cpu.endedMs / runs,
    makespanMs: median(makespans),
    deliveredMs: median(deliveries),
    rssMiB,
  };
}

/**
 * Measures, in ms, from the boundary until no plugin is seen any more, and until the collector has
 * `lines` lines. The measuring itself takes less than a hundredth of a core.
 */
export async function watchTick(
  agent: BenchAgent,
  tickMs: number,
  lines: number,
): Promise<{ readonly endedMs: number; readonly deliveredMs: number }> {
  let deliveredMs: number | null = null;
  const delivered = agent.collector.whenReceived(lines).then((atMs) => {
    deliveredMs = atMs - tickMs;
  });
  await until(tickMs);
  let endedMs = 0;
  while (deliveredMs === null || Date.now() - tickMs - endedMs < 100) {
    if (Date.now() - tickMs > 120_000)
      throw new Error(`two minutes after a tick, ${agent.collector.received()} lines have come, not ${lines}`);
    if (hasChildren(agent.pid)) endedMs = Date.now() - tickMs;
    await delay(5);
  }
  await delivered;
  return { endedMs, deliveredMs };
}

import { get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { type BenchAgent, makePlace, nextTickMs, startMeasuredAgent, until, writeShellPlugins } from './agent.ts';
import { type MeasuredNode, measuredNodes, startBareNode } from './measured-nodes.ts';
import { cpuBetween, readAgentCpu, readAnonymousMiB, readProcessMemory } from './process-cpu.ts';
import { type Bench, type Limit, table } from './section.ts';
import { median, spread } from './statistics.ts';
import { buildYardsticks, type Yardsticks } from './yardsticks.ts';

const plugins = 20;
const intervalS = 30;
const ticks = 4;

/** How many times the CPU of the C program that runs the same scripts an interval may cost. */
const mostTimesFloor = 12;

/**
 * CPU of each interval, as a share of one core in % and as a multiple of a C program's own that
 * runs the same scripts, and memory at the end: resident, and its own of that.
 */
type Idle = {
  readonly what: string;
  readonly shares: readonly number[];
  readonly timesFloor: readonly number[];
  readonly rssMiB: number;
  readonly anonymousMiB: number;
  readonly bytesATick: number;
};

/** What an idle agent may take at most, on a Node of this major version or newer. */
const limits = [
  { from: 22, rssMiB: 60, anonymousMiB: 22 },
  { from: 0, rssMiB: 56, anonymousMiB: 22 },
];

/** Measures what an agent costs that has little to do, on each Node that it is given. */
export const idle: Bench = {
  name: 'idle',
  title: `Idle, with ${plugins} plugins`,
  async run(say) {
    const nodes = measuredNodes();
    const yardsticks = buildYardsticks();
    const measured = await Promise.all(nodes.flatMap((node) => [ofBareNode(node), ofAgent(node, yardsticks, false)]));
    const own = nodes.at(-1);
    const withPage = own && (await ofAgent(own, yardsticks, true));
    yardsticks?.close();
    const all = withPage ? [...measured, withPage] : measured;
    const rows = all.map(({ what, shares, timesFloor, rssMiB, anonymousMiB }) => [
      what,
      shares.length === 0 ? '' : spread(shares, 3),
      timesFloor.length === 0 ? '' : spread(timesFloor, 1),
      rssMiB.toFixed(1),
      anonymousMiB.toFixed(1),
    ]);
    for (const row of rows) say(row.join(', '));
    const text = `${plugins} \`sh\` plugins and the host's metrics every ${intervalS} s, delivered to a collector, for ${ticks} intervals after the
first. CPU is the agent's, in % of one core, and as a multiple of what a C program takes that runs the same scripts (\`bench/floor.c\`);
memory is that of the agent's process at the end, and what of it is its own and not a page of a file. With the page, the history is kept, and a client follows \`/events\` (${((withPage?.bytesATick ?? 0) / 1024).toFixed(0)} KiB an interval). Bare Node does nothing but wait for a timer.

${table(['', 'CPU', 'times C', 'MiB', 'of these its own'], rows)}`;
    return { text, limits: [...measured.flatMap(limitsOf), ...(withPage ? [pageLimit(withPage)] : [])] };
  },
};

function limitsOf({ what, timesFloor, rssMiB, anonymousMiB }: Idle): readonly Limit[] {
  const major = Number(/^agent on Node (\d+)/.exec(what)?.[1] ?? Number.NaN);
  const most = limits.find(({ from }) => major >= from);
  if (!most) return [];
  return [
    ...(timesFloor.length === 0
      ? []
      : [{ what: `${what}: CPU`, measured: median(timesFloor), allowed: mostTimesFloor, unit: ' times C', digits: 1 }]),
    { what: `${what}: memory`, measured: rssMiB, allowed: most.rssMiB, unit: ' MiB', digits: 1 },
    { what: `${what}: its own of it`, measured: anonymousMiB, allowed: most.anonymousMiB, unit: ' MiB', digits: 1 },
  ];
}

function pageLimit({ what, rssMiB }: Idle): Limit {
  return { what: `${what}: memory`, measured: rssMiB, allowed: 75, unit: ' MiB', digits: 1 };
}

async function ofBareNode(node: MeasuredNode): Promise<Idle> {
  const bare = startBareNode(node);
  await delay(5000);
  const memory = memoryOf(bare.pid);
  bare.end();
  return { what: `bare Node ${node.version}`, shares: [], timesFloor: [], ...memory, bytesATick: 0 };
}

async function ofAgent(node: MeasuredNode, yardsticks: Yardsticks | null, hasPage: boolean): Promise<Idle> {
  const place = makePlace();
  writeShellPlugins(place.scripts, plugins);
  const flags = ['-r', String(intervalS), ...(hasPage ? ['--dashboard', '127.0.0.1:0'] : [])];
  const agent = await startMeasuredAgent(place, flags, { config: '', node: node.path });
  const floor = async () => (await yardsticks?.floor(place.scripts, { concurrency: 4 }))?.ownMs ?? null;
  const watched = await watchIdle(agent, floor, hasPage);
  await agent.stop();
  place.remove();
  return { what: `agent on Node ${node.version}${hasPage ? ', with the page and a client' : ''}`, ...watched };
}

/** `floor` gives the CPU of the C program, in ms; null: there is no such program. */
async function watchIdle(
  agent: BenchAgent,
  floor: () => Promise<number | null>,
  hasPage: boolean,
): Promise<Omit<Idle, 'what'>> {
  await agent.entry('daemon.started');
  let bytes = 0;
  let page: ReturnType<typeof get> | null = null;
  if (hasPage) {
    const { url } = await agent.entry('dashboard.started');
    page = get(String(url).replace('/?', '/events?'));
    page.on('response', (response) => response.on('data', (chunk: Uint8Array) => (bytes += chunk.length)));
    page.on('error', () => {});
  }
  let tickMs = nextTickMs(intervalS, 1000);
  await until(tickMs); // the first interval is left out
  await delay(5000);
  const shares: number[] = [];
  const timesFloor: number[] = [];
  const bytesBefore = bytes;
  for (let tick = 0; tick < ticks; tick += 1) {
    const before = readAgentCpu(agent.pid);
    const begunMs = performance.now();
    tickMs += intervalS * 1000;
    await until(tickMs + 5000);
    const { ownMs, helpersMs } = cpuBetween(before, readAgentCpu(agent.pid));
    shares.push(((ownMs + helpersMs) / (performance.now() - begunMs)) * 100);
    const floorMs = await floor(); // as seldom as the agent, so that its caches are as cold
    if (floorMs !== null) timesFloor.push((ownMs + helpersMs) / floorMs);
  }
  const memory = memoryOf(agent.pid);
  page?.destroy();
  return { shares, timesFloor, ...memory, bytesATick: (bytes - bytesBefore) / ticks };
}

function memoryOf(pid: number): Pick<Idle, 'rssMiB' | 'anonymousMiB'> {
  return { rssMiB: readProcessMemory(pid).rssMiB, anonymousMiB: readAnonymousMiB(pid) };
}

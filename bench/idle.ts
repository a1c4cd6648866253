import { get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type BenchAgent,
  makePlace,
  nextTickMs,
  type Place,
  startMeasuredAgent,
  until,
  writeShellPlugins,
} from './agent.ts';
import { cpuBetween, readAgentCpu, readProcessMemory } from './process-cpu.ts';
import { type Bench, table } from './section.ts';
import { median, spread } from './statistics.ts';

const plugins = 20;
const intervalS = 30;
const ticks = 4;

/** Shares of one core in %, an interval, and resident memory at the end. */
type Idle = { readonly shares: readonly number[]; readonly rssMiB: number; readonly bytesATick: number };

/** Measures what an agent costs that has little to do. */
export const idle: Bench = {
  name: 'idle',
  title: `Idle, with ${plugins} plugins`,
  async run(say) {
    const plain = makePlace();
    const shown = makePlace();
    for (const { scripts } of [plain, shown]) writeShellPlugins(scripts, plugins);
    const flags = ['-r', String(intervalS)];
    const agents = [
      await startMeasuredAgent(plain, flags, { config: '' }),
      await startMeasuredAgent(shown, [...flags, '--dashboard', '127.0.0.1:0'], { config: '' }),
    ];
    const [alone, withPage] = await Promise.all([
      watchIdle(agents[0], plain, false),
      watchIdle(agents[1], shown, true),
    ]);
    const row = ({ shares, rssMiB }: Idle) => [spread(shares, 3), rssMiB.toFixed(0)];
    say(`idle: ${row(alone).join(', ')}; with the page: ${row(withPage).join(', ')}`);
    const text = `${plugins} \`sh\` plugins and the host's metrics every ${intervalS} s, delivered to a collector, for ${ticks} intervals after the
first. CPU is the agent's, in % of one core; memory is that of the agent's process at the end. With the
page, the history is kept, and a client follows \`/events\` (${(withPage.bytesATick / 1024).toFixed(0)} KiB an interval).

${table(
  ['', 'CPU', 'MiB'],
  [
    ['without the page', ...row(alone)],
    ['with the page, and a client', ...row(withPage)],
  ],
)}`;
    return {
      text,
      limits: [
        {
          what: `idle with ${plugins} plugins at ${intervalS} s`,
          measured: median(alone.shares),
          allowed: 0.2,
          unit: ' % of a core',
          digits: 3,
        },
        { what: 'memory of an idle agent', measured: alone.rssMiB, allowed: 75, unit: ' MiB', digits: 0 },
        {
          what: 'memory of an idle agent with the page',
          measured: withPage.rssMiB,
          allowed: 90,
          unit: ' MiB',
          digits: 0,
        },
      ],
    };
  },
};

async function watchIdle(agent: BenchAgent | undefined, place: Place, hasPage: boolean): Promise<Idle> {
  if (!agent) throw new Error('no agent');
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
  const bytesBefore = bytes;
  for (let tick = 0; tick < ticks; tick += 1) {
    const before = readAgentCpu(agent.pid);
    const begunMs = performance.now();
    tickMs += intervalS * 1000;
    await until(tickMs + 5000);
    const { ownMs, helpersMs } = cpuBetween(before, readAgentCpu(agent.pid));
    shares.push(((ownMs + helpersMs) / (performance.now() - begunMs)) * 100);
  }
  const { rssMiB } = readProcessMemory(agent.pid);
  page?.destroy();
  await agent.stop();
  place.remove();
  return { shares, rssMiB, bytesATick: (bytes - bytesBefore) / ticks };
}

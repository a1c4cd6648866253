import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { type FleetCourse, plan } from './fleet/course.ts';
import { fleetHost, samplesAnInterval } from './fleet/pattern.ts';
import type { Bench } from './section.ts';

/**
 * What one collector saw of ten thousand agents, with the settings as they are, and with `[agent]
 * spread`.
 */
type FleetFigures = { readonly usual: FleetCourse; readonly spread: FleetCourse };

const root = fileURLToPath(new URL('..', import.meta.url));
const player = fileURLToPath(new URL('./fleet/play.ts', import.meta.url));
// in MiB: so large that little is collected twice
const memory = ['--max-semi-space-size=64', '--max-old-space-size=350'];

/** Measures a fleet from the collector's side. */
export const fleet: Bench = {
  name: 'fleet',
  title: 'Ten thousand agents and one collector',
  async run(say) {
    const figures = await measureFleet();
    const [usual, spread] = [figures.usual, figures.spread].map(({ ordinary }) => Math.round(ordinary.connections));
    say(`at most ${usual} connections in a second, with spread ${spread}`);
    return { text: textOf(figures), limits: [] };
  },
};

/**
 * Simulates ten thousand agents and their collector on a virtual clock: the same figures each
 * time, after about half a minute of CPU. Throws if the simulation fails.
 */
async function measureFleet(): Promise<FleetFigures> {
  const child = spawn(process.execPath, ['--import', 'tsx', ...memory, player], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const printed = await text(child.stdout);
  if (printed === '') throw new Error('the simulation of a fleet printed nothing');
  return JSON.parse(printed);
}

function textOf({ usual, spread }: FleetFigures): string {
  const { intervalS, plugins, shortestRunMs, longestRunMs } = fleetHost;
  const { outageS, playedS, untilTickS, leastRoundTripMs, mostRoundTripMs } = plan;
  const whole = (value: number) => Math.round(value).toLocaleString('en');
  const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  const quiet = (bySecond: readonly number[]) => bySecond.filter((count) => count === 0).length;
  const row = (what: string, of: (course: FleetCourse) => string) => `| ${what} | ${of(usual)} | ${of(spread)} |`;
  return `A simulation on a virtual clock, the same each time. Ticker, scheduler, spread, batcher, sender,
backoff and the exchange with the collector are the agent's own code. Each host has ${plugins} plugins that
take ${shortestRunMs} to ${longestRunMs} ms and give ${samplesAnInterval} samples every ${intervalS} s in all, a clock that is right, and a round
trip of ${leastRoundTripMs} to ${mostRoundTripMs} ms. The collector has unlimited resources.

| at the collector, in a second | without \`spread\` | with it |
| --- | --- | --- |
${[
  row('most connections', ({ ordinary }) => whole(ordinary.connections)),
  row('most samples', ({ ordinary }) => whole(ordinary.samples)),
  row('most bytes, without TLS', ({ ordinary }) => mib(ordinary.bytes)),
  row('connections in an interval, in all', ({ ordinary }) => whole(ordinary.connectionsInAll)),
  row(`seconds of ${intervalS} without a connection`, ({ ordinary }) => whole(quiet(ordinary.connectionsBySecond))),
].join('\n')}

The collector refuses every connection for ${outageS / 60} minutes, and then accepts them again, ${untilTickS} s before a tick.
The last ${playedS} s of that are simulated, in which the backoff reaches its ceiling; the samples of the time
before wait in the spools. Every agent connects twice: with the batch that was refused, and with the
samples that wait behind it. "Most" is the largest second until the next tick.

| at the collector, in a second | without \`spread\` | with it |
| --- | --- | --- |
${[
  row('attempts while it is away', ({ attempts }) => whole(attempts)),
  row('most connections afterwards', ({ afterwards }) => whole(afterwards.connections)),
  row('most samples afterwards', ({ afterwards }) => whole(afterwards.samples)),
  row('most bytes afterwards', ({ afterwards }) => mib(afterwards.bytes)),
  row('half of the hosts have sent all of it after', ({ afterwards }) => `${afterwards.halfDrainedAfterS} s`),
  row('all of them after', ({ afterwards }) => `${afterwards.allDrainedAfterS} s`),
].join('\n')}`;
}

import { type Plugin, pluginFile, pluginName } from '../../src/model/plugin.ts';
import type { Tick } from '../../src/model/run.ts';
import { AwaitedMoments } from '../../src/scheduler/awaited-moments.ts';
import { Scheduler } from '../../src/scheduler/scheduler.ts';
import { momentOf } from '../../src/scheduler/spread.ts';
import { startTicker } from '../../src/scheduler/ticker.ts';
import { type VirtualClock, virtualClock } from './virtual-clock.ts';

/**
 * What each host of the fleet measures. A run takes between `shortestRunMs` and `longestRunMs`.
 */
export const fleetHost = {
  intervalS: 30,
  plugins: 20,
  samplesARun: 3,
  hostSamples: 40,
  maxConcurrency: 4,
  shortestRunMs: 10,
  longestRunMs: 300,
};

/** How many samples a host has in each interval. */
export const samplesAnInterval = fleetHost.plugins * fleetHost.samplesARun + fleetHost.hostSamples;

/**
 * One interval of one host, in order: how long after the tick how many samples were read; null:
 * the samples read so far are sent.
 */
export type Pattern = readonly { readonly atMs: number; readonly samples: number | null }[];

const hostsAtATime = 500; // plugins that wait for a slot take memory

/**
 * Simulates an interval on each of these hosts. Ticker, spread and scheduler are the agent's own
 * code, joined as in `daemon.ts` and `scripts.ts`. The runs are simulated and take a random time.
 */
export async function patternsOf(
  hostnames: readonly string[],
  isSpread: boolean,
  random: () => number,
): Promise<readonly Pattern[]> {
  const patterns: Pattern[] = [];
  for (let first = 0; first < hostnames.length; first += hostsAtATime) {
    const clock = virtualClock(1);
    patterns.push(
      ...hostnames
        .slice(first, first + hostsAtATime)
        .map((hostname) => startPattern(clock, hostname, isSpread, random)),
    );
    await clock.runUntil(2 * fleetHost.intervalS * 1000 - 1000);
  }
  return patterns;
}

/** A pattern that fills while the clock runs. */
function startPattern(clock: VirtualClock, hostname: string, isSpread: boolean, random: () => number): Pattern {
  const { intervalS, samplesARun, hostSamples, maxConcurrency, shortestRunMs, longestRunMs } = fleetHost;
  const pattern: Pattern[number][] = [];
  const moments = new AwaitedMoments<string | null>(clock);
  const scheduler = new Scheduler({
    clock,
    isAlive: () => false,
    emit,
    slots: { least: maxConcurrency, most: maxConcurrency },
    load: { look: emit, busyPercent: () => null, hasMemory: () => false },
    overdueAfterMs: 5000,
    startRun,
    untilRoom: () => null,
    recordRun: emit,
    forgetRun: emit,
  });

  function startRun() {
    const durationMs = shortestRunMs + (longestRunMs - shortestRunMs) * random();
    const ended = new Promise<void>((resolve) => clock.after(durationMs, resolve)).then(() => read(samplesARun));
    return { pid: () => 1, ended };
  }

  async function read(samples: number | null) {
    pattern.push({ atMs: clock.nowMs() - intervalS * 1000, samples });
  }

  function holdAll(tick: Tick): Promise<void> {
    const hold = (name: string | null, begin: () => Promise<void>) =>
      moments.wait(name, momentOf(tick, intervalS, hostname, name), begin);
    for (const plugin of plugins) void hold(plugin.name, () => scheduler.tick(tick, [plugin]));
    return hold(null, () => read(hostSamples));
  }

  startTicker(clock, intervalS, (tick) => {
    const done = isSpread ? holdAll(tick) : Promise.all([read(hostSamples), scheduler.tick(tick, plugins)]);
    void done.then(() => read(null));
  });
  return pattern;
}

const plugins: readonly Plugin[] = Array.from({ length: fleetHost.plugins }, (_, index) => {
  const name = `plugin_${String(index).padStart(2, '0')}`;
  return { file: pluginFile(name), name: pluginName(name), path: `/scripts/${name}` };
});

function emit() {}

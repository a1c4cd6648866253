import { systemEdges } from '../../src/io/edges.ts';
import { type FleetAgent, startFleetAgent } from './agent.ts';
import { fleetHost, patternsOf, samplesAnInterval } from './pattern.ts';
import { createFleetPeer } from './peer.ts';
import { seededRandom, virtualClock } from './virtual-clock.ts';

/**
 * What is simulated. The outage ends `untilTickS` before a tick; only its last `playedS` seconds
 * are simulated.
 */
export const plan = {
  agents: 10_000,
  outageS: 600,
  playedS: 90,
  untilTickS: 20,
  leastRoundTripMs: 2,
  mostRoundTripMs: 60,
};

/** The maximum that a collector saw in one second. */
export type Peak = { readonly connections: number; readonly samples: number; readonly bytes: number };

/** What one collector saw of a fleet. */
export type FleetCourse = {
  /** In an interval, from the tick on. */
  readonly ordinary: Peak & { readonly connectionsInAll: number; readonly connectionsBySecond: readonly number[] };
  /**
   * Attempts in a second while it refused every connection: the average of the last half minute.
   */
  readonly attempts: number;
  /**
   * From the end of the outage: until the next tick, and until all samples that had waited were
   * there.
   */
  readonly afterwards: Peak & { readonly halfDrainedAfterS: number; readonly allDrainedAfterS: number };
};

/**
 * Simulates a fleet and its collector, on a virtual clock and with seeded random numbers: the same
 * each time.
 */
export async function playFleet(isSpread: boolean): Promise<FleetCourse> {
  const { intervalS } = fleetHost;
  const { agents, outageS, playedS, untilTickS, leastRoundTripMs, mostRoundTripMs } = plan;
  const random = seededRandom(1);
  const hostnames = Array.from({ length: agents }, (_, index) => `host-${String(index).padStart(5, '0')}`);
  // without spread the host's name does not matter
  const patterns = await patternsOf(isSpread ? hostnames : hostnames.slice(0, 500), isSpread, random);
  const tickMs = 1_800_000_000_000;
  const goneMs = tickMs + (2 * intervalS - untilTickS) * 1000;
  const backMs = goneMs + playedS * 1000;
  const clock = virtualClock(tickMs - 1000);
  const peer = createFleetPeer(clock, tickMs, 600);
  const { connections, samples, bytes } = peer.seconds;
  const fleet = { clock, random, patience: systemEdges().patience, isSpread };
  const running = hostnames.map((hostname, index) => {
    const pattern = patterns[index % patterns.length];
    if (pattern === undefined) throw new Error('no pattern');
    const dial = peer.dialFrom(leastRoundTripMs + (mostRoundTripMs - leastRoundTripMs) * random());
    return startFleetAgent(fleet, hostname, pattern, dial);
  });

  await clock.runUntil(goneMs);
  peer.setDown(true);
  await clock.runUntil(backMs);
  peer.setDown(false);
  for (const agent of running) agent.addBacklog(((outageS - playedS) / intervalS) * samplesAnInterval);
  const drainedAfterS = await watchDrain(clock.runUntil, backMs, running);

  const peak = (from: number, to: number): Peak => ({
    connections: Math.max(...connections.slice(from, to)),
    samples: Math.max(...samples.slice(from, to)),
    bytes: Math.max(...bytes.slice(from, to)),
  });
  const interval = connections.slice(0, intervalS);
  const backS = (backMs - tickMs) / 1000;
  return {
    ordinary: { ...peak(0, intervalS), connectionsInAll: sum(interval), connectionsBySecond: [...interval] },
    attempts: sum(connections.slice(backS - 30, backS)) / 30,
    afterwards: {
      ...peak(backS, backS + untilTickS),
      halfDrainedAfterS: drainedAfterS.half,
      allDrainedAfterS: drainedAfterS.all,
    },
  };
}

/**
 * After how many seconds half of the agents, and all agents, had sent every sample from before.
 */
async function watchDrain(
  runUntil: (untilMs: number) => Promise<void>,
  fromMs: number,
  running: readonly FleetAgent[],
): Promise<{ readonly half: number; readonly all: number }> {
  let half = 0;
  for (let second = 1; ; second += 1) {
    await runUntil(fromMs + second * 1000);
    const drained = running.filter((agent) => agent.waiting() <= 2 * samplesAnInterval).length;
    if (half === 0 && drained >= running.length / 2) half = second;
    if (drained === running.length) return { half, all: second };
  }
}

const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);

import type { Dial } from '../../src/io/net/dial.ts';
import type { Patience } from '../../src/model/sink.ts';
import { startTicker } from '../../src/scheduler/ticker.ts';
import { longestWaitMs } from '../../src/sender/batcher.ts';
import { startSender } from '../../src/sender/sender.ts';
import { createInstrumentalSink } from '../../src/sinks/instrumental/sink.ts';
import { fleetHost, type Pattern } from './pattern.ts';
import { countingSpool } from './spool.ts';
import type { VirtualClock } from './virtual-clock.ts';

const commitDelayMs = 50; // the same as the store's

/** What all agents of a fleet share. */
export type Fleet = {
  readonly clock: VirtualClock;
  readonly random: () => number;
  readonly patience: Patience;
  readonly isSpread: boolean;
};

/** An agent of a fleet. */
export type FleetAgent = { waiting(): number; addBacklog(samples: number): void };

/**
 * Starts an agent on a host where each interval follows `pattern`. Ticker, sender with its batcher
 * and backoff, sink and exchange are the agent's own code. Everything between run and sender is
 * simulated.
 */
export function startFleetAgent(
  { clock, random, patience, isSpread }: Fleet,
  hostname: string,
  pattern: Pattern,
  dial: Dial,
): FleetAgent {
  const spool = countingSpool();
  const sink = createInstrumentalSink(
    { clock, dial, emit, patience },
    {
      address: { host: 'collector', port: 8001, tls: true },
      tlsCa: null,
      tlsVerify: true,
      counters: 'gauge' as const,
      notices: false,
      proxy: null,
      apiKey: { key: '0123456789abcdef0123456789abcdef', origin: 'the flag -k' },
      identity: { version: '2.0.0', hostname, pid: 4711, nodeVersion: '20.20.2', platform: 'x64-linux' },
    },
  );
  const waitMs = longestWaitMs({ spread: isSpread, reportIntervalS: fleetHost.intervalS });
  const sender = startSender({ clock, random }, sink, spool, { ...patience, longestWaitMs: waitMs }, emit);
  let pending = 0;

  function read(samples: number) {
    if (pending === 0) clock.after(commitDelayMs, commit);
    pending += samples;
  }

  function commit() {
    if (pending === 0) return;
    spool.append(pending);
    pending = 0;
    sender.appended();
  }

  /** Uses one timer at a time, however long the pattern is. */
  function follow(tickMs: number, index: number) {
    const step = pattern[index];
    if (step === undefined) return;
    clock.after(tickMs + step.atMs - clock.nowMs(), () => {
      if (step.samples === null) settle();
      else read(step.samples);
      follow(tickMs, index + 1);
    });
  }

  function settle() {
    commit();
    sender.settled();
  }

  startTicker(clock, fleetHost.intervalS, ({ atS }) => follow(atS * 1000, 0));
  return { waiting: spool.waiting, addBacklog: spool.append };
}

function emit() {}

import type { FakeCollector } from '../helpers/fake-collector.ts';
import type { TestDaemon } from '../helpers/test-daemon.ts';
import { turn } from '../helpers/turns.ts';

/** The agent's figures of one tick: `runs`, `spool.console.samples` and so on. */
export type Figures = Readonly<Record<string, number>>;

/** Those at `atS` among lines `NAME VALUE TIME`, with or without words around them. */
export function figuresAt(lines: readonly string[], atS: number): Figures {
  const found = lines.flatMap((line) => {
    const [, name, value, time] = /testhost\.instrument_server\.(\S+) (\S+) (\d+)/.exec(line) ?? [];
    return name !== undefined && Number(time) === atS ? [[name, Number(value)]] : [];
  });
  return Object.fromEntries(found);
}

/** The next tick, whose runs of these files end, and the figures that the agent prints at it. */
export async function tickAndRead(agent: TestDaemon, ...finishing: readonly string[]): Promise<Figures> {
  const before = agent.samples.length;
  await agent.tickAndFinish(...finishing);
  const atS = Math.floor(agent.clock.nowMs() / 60_000) * 60;
  while (!agent.samples.slice(before).some((line) => line.startsWith('testhost.instrument_server.cpu_s '))) {
    agent.clock.advance(1);
    await turn();
  }
  return figuresAt(agent.samples, atS);
}

/** Moves time on, a little at each turn, until it holds. */
export async function advanceUntil(agent: TestDaemon, holds: () => boolean): Promise<void> {
  while (!holds()) {
    agent.clock.advance(10); // not so fast that a collector seems silent
    await turn();
  }
}

/** A daemon's settings for a collector of the test. */
export function sendingTo(collector: FakeCollector) {
  const address = { host: '127.0.0.1', port: collector.port, tls: false };
  return {
    selfMetrics: true,
    collector: {
      apiKey: { key: 'KEY', origin: 'the flag -k' },
      address,
      tlsCa: null,
      tlsVerify: true,
      counters: 'gauge' as const,
      notices: false,
      proxy: null,
    },
  };
}

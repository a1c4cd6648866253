import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Daemon, startDaemon } from '../../src/agent/daemon.ts';
import { systemEdges } from '../../src/io/edges.ts';
import { drainLeftovers } from '../../src/io/process/fifo/leftover-fifos.ts';
import type { Config } from '../../src/model/config.ts';
import type { PluginAnswer, Status } from '../../src/model/status.ts';
import { derivedEventLog, type EventLog } from './event-log.ts';
import { fakeClock } from './fake-clock.ts';
import { bareCommands } from './own-commands.ts';
import { wholeStatus } from './status-now.ts';
import { tempDir } from './temp-dir.ts';
import { moment, turn } from './turns.ts';

/**
 * An agent in this process: real files, real scripts, real pipes, a real database; only the time
 * is ours.
 */
export type TestDaemon = {
  readonly events: EventLog;
  readonly clock: ReturnType<typeof fakeClock>;
  /** What the console sink printed: `NAME VALUE TIME`. */
  readonly samples: readonly string[];
  /** Moves to the next boundary. The scripts that become due start in the background. */
  tick(): void;
  /** `tick`, and waits until each of these files has finished a run that this tick began. */
  tickAndFinish(...files: readonly string[]): Promise<void>;
  /** Moves time on, a little at each turn, until `count` samples were printed. */
  untilSamples(count: number): Promise<void>;
  status(): Status;
  /** Everything about the plugins that a name selects. */
  plugin(name: string): PluginAnswer;
  /** Continues with these settings changed. Throws why it can't. */
  reload(change: Partial<Config>): void;
  /** Stops it in order. The graces are the fake clock's: move it on where a script hangs. */
  stop(): Promise<void>;
};

/** Where an agent lives; make one to start several agents one after the other. */
export type Home = { readonly scripts: string; readonly state: string };

/**
 * A fresh home with an empty plugin directory. When the test is over, what its plugins still have
 * to say is read, until none is left.
 */
export function makeHome(): Home {
  const dir = tempDir();
  const home = { scripts: join(dir, 'scripts'), state: join(dir, 'state') };
  mkdirSync(home.scripts, { mode: 0o700 });
  onTestFinished(async () => {
    const pipes = join(home.state, 'pipes');
    drainLeftovers(pipes);
    while (existsSync(pipes) && readdirSync(pipes).some((name) => !name.endsWith('.runs'))) await moment();
  });
  return home;
}

/** A configuration with a minute's interval, no host metrics, and no key. */
export function testConfig(home: Home, change: Partial<Config> = {}): Config {
  return {
    hostname: 'testhost',
    isSystemHostname: false,
    reportIntervalS: 60,
    stateDir: home.state,
    tempDir: null,
    pidFile: join(home.state, 'instrument_server.pid'),
    maxConcurrency: 4,
    overdueAfterMs: 5000,
    stopGraceMs: 5000,
    spread: false,
    hostMetrics: false,
    selfMetrics: false,
    pluginMetrics: false,
    collector: {
      apiKey: null,
      address: { host: '127.0.0.1', port: 1, tls: false },
      tlsCa: null,
      tlsVerify: true,
      counters: 'gauge',
      notices: false,
      proxy: null,
    },
    sinks: { graphite: null, influx: null, otlp: null, prometheus: null },
    spool: { maxSizeBytes: 256 * 1024 * 1024 },
    scripts: {
      enabled: true,
      location: home.scripts,
      isDefaultLocation: false,
      maxOutputBytes: 16 * 1024 * 1024,
      format: 'native',
      isStrict: false,
      withheldEnv: [],
    },
    bounds: { maxLeftovers: 20, maxSamples: 1_000_000, maxNames: 20_000, maxStderrBytes: 1024 ** 2 },
    env: {},
    plugins: new Map(),
    directories: new Map(),
    dashboard: {
      isEnabled: false,
      listen: { host: '127.0.0.1', port: 0 },
      historyS: 0,
      maxSizeBytes: 1024 ** 2,
      metrics: false,
      wall: false,
    },
    log: { level: 'info', location: null, maxSizeBytes: 1e9 },
    ...change,
  };
}

/**
 * Starts one; it is stopped when the test is over. Not `hasConsole`: without a key and a sink its
 * samples go nowhere.
 */
export function testDaemon(
  home: Home,
  change: Partial<Config> = {},
  env: Record<string, string> = {},
  {
    hasConsole = true,
    hostname = (): string => 'testhost',
    hostFiles = systemEdges().hostFiles,
    commands = bareCommands,
  } = {},
): TestDaemon {
  const clock = fakeClock(Math.ceil(Date.now() / 60_000) * 60_000 + 1000); // later than the files' times, and far from the next tick
  const events = derivedEventLog(clock);
  const samples: string[] = [];
  const edges = { ...systemEdges(), clock, hostFiles, env: { PATH: process.env['PATH'], ...env }, hostname };
  let config = testConfig(home, change);
  const print = async (text: string) => void samples.push(...text.trimEnd().split('\n'));
  const started = startDaemon(config, edges, {
    claim: () => null,
    keptFiles: [],
    emit: events.emit,
    write: hasConsole ? print : null,
    commands,
  });
  if (!started.ok) throw new Error(started.error);
  const daemon: Daemon = started.value;

  function tick() {
    clock.advance(60_000 - (clock.nowMs() % 60_000));
  }

  onTestFinished(async () => {
    void daemon.stop('TEST OVER');
    await daemon.stop('TEST OVER'); // twice: waits for nothing
  });
  return {
    events,
    clock,
    samples,
    tick,
    async tickAndFinish(...files) {
      const finished = files.map((file) => events.next('run.finished', (event) => event.plugin === file));
      tick();
      await Promise.all(finished);
      await turn(); // the claim's release, the commit and the print follow in the same turn
    },
    async untilSamples(count) {
      while (samples.length < count) {
        clock.advance(1);
        await turn();
      }
    },
    status: () => wholeStatus(daemon.status()),
    plugin: daemon.plugin,
    reload(changed) {
      const next = { ...config, ...changed };
      const problem = daemon.reload(next, Object.keys(changed));
      if (problem !== null) throw new Error(problem);
      config = next;
    },
    stop: () => daemon.stop('TEST'),
  };
}

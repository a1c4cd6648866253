import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../src/io/disk/database.ts';
import { systemFiles } from '../src/io/disk/files.ts';
import { atOnce } from '../src/io/walk.ts';
import { metricName, type Sample, unixSeconds } from '../src/model/sample.ts';
import { openStateDirectory } from '../src/store/state-directory.ts';
import { openStore } from '../src/store/store.ts';
import type { Bench } from './section.ts';
import { benchUse } from './state-use.ts';
import { median, spread } from './statistics.ts';

const rounds = 3;
const weekS = 7 * 24 * 3600;

/**
 * The figures of a store with ticks of many metrics. `queryMs` is a query of one metric: over
 * everything that is kept, within the last hour, and of the five minutes that are not folded yet.
 */
type HistoryCost = {
  readonly cpuMsATick: number;
  /** Bytes written to the -wal file a tick. */
  readonly bytesATick: number;
  /** The longest step of the history, in CPU time. */
  readonly longestStepMs: number;
  readonly queryMs: { readonly all: number; readonly hour: number; readonly open: number };
  readonly fileMiB: number;
};

/** Measures what the history costs in addition. */
export const history: Bench = {
  name: 'history',
  title: 'The history is kept',
  async run(say) {
    const without = Array.from({ length: rounds }, () => measureHistory(120, 5000, 0));
    const kept = Array.from({ length: rounds }, () => measureHistory(120, 5000, weekS));
    const week = measureHistory(weekS / 30, 100, weekS);
    const kib = (costs: readonly HistoryCost[]) =>
      (median(costs.map(({ bytesATick }) => bytesATick)) / 1024).toFixed(0);
    const each = (costs: readonly HistoryCost[], figure: (cost: HistoryCost) => number) => spread(costs.map(figure), 1);
    const [cpuKept, cpuWithout] = [
      each(kept, ({ cpuMsATick }) => cpuMsATick),
      each(without, ({ cpuMsATick }) => cpuMsATick),
    ];
    say(`history: ${cpuWithout} ms a tick without, ${cpuKept} with`);
    const text = `Ticks of 5,000 metrics go through the store to a sink that accepts them at once, for an hour. Yardstick:
the same without a history.

- CPU a tick, in ms: ${cpuKept}, without ${cpuWithout}
- written a tick: ${kib(kept)} KiB, without ${kib(without)} KiB
- the longest step, which delays everything else: ${Math.max(...kept.map(({ longestStepMs }) => longestStepMs)).toFixed(0)} ms of CPU
- a query of one of 5,000 metrics over the hour: ${each(kept, ({ queryMs }) => queryMs.all)} ms; of one of 100 metrics
  over a week: ${week.queryMs.all.toFixed(1)} ms
- the file after a week of 100 metrics each 30 s: ${week.fileMiB.toFixed(0)} MiB`;
    return { text, limits: [] };
  },
};

type Due = { readonly atMs: number; readonly fn: () => void };

/** A clock that the bench moves forward. The work of its timers is measured. */
function benchClock(startMs: number) {
  let nowMs = startMs;
  let longestMs = 0;
  const due = new Set<Due>();
  return {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    after(delayMs: number, fn: () => void) {
      const timer = { atMs: nowMs + delayMs, fn };
      due.add(timer);
      return { cancel: () => void due.delete(timer) };
    },
    advance(ms: number) {
      const untilMs = nowMs + ms;
      for (;;) {
        const [next] = [...due].filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs);
        if (!next) break;
        due.delete(next);
        nowMs = Math.max(nowMs, next.atMs);
        const before = process.cpuUsage();
        next.fn();
        longestMs = Math.max(longestMs, cpuMsSince(before));
      }
      nowMs = untilMs;
    },
    longestMs: () => longestMs,
  };
}

function cpuMsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Stores ticks, 30 s apart, of `metrics` metrics, which a sink accepts at once. */
function measureHistory(ticks: number, metrics: number, keptForS: number): HistoryCost {
  const dir = mkdtempSync(join(tmpdir(), 'instrument-bench-'));
  const state = openStateDirectory(systemFiles, benchUse(join(dir, 'state')));
  if (!state.ok) throw new Error(state.error);
  const clock = benchClock(1_700_000_100_000);
  const walPath = join(dir, 'state', 'instrument_server.db-wal');
  const store = openStore(
    { clock, ...state.value },
    {
      sinks: [{ name: 'a', keptForS: 0 }],
      maxSizeBytes: 1024 ** 3,
      history: { keptForS, maxSizeBytes: 256 * 1024 ** 2, keepsLatest: false },
      emit: () => {},
      onAppended: () => {},
    },
  );
  const view = store.view('a');
  const watcher = openDatabase(join(dir, 'state', 'instrument_server.db'));
  let cpuMs = 0;
  let bytes = 0;
  for (let tick = 0; tick < ticks; tick += 1) {
    const nowS = unixSeconds(clock.nowMs() / 1000);
    const samples: Sample[] = Array.from({ length: metrics }, (_, index) => ({
      metric: metricName(`bench-host.plugin_${Math.floor(index / 5)}.metric_${index % 5}`),
      value: index % 3 === 0 ? (tick * index) % 1000 : Math.random() * 100,
      atS: nowS,
    }));
    const before = process.cpuUsage();
    store.append(samples);
    store.flush();
    const batch = view.peek(5000);
    if (batch) view.accept(batch);
    clock.advance(30_000);
    cpuMs += cpuMsSince(before);
    bytes += statSync(walPath).size;
    watcher.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  }
  const timed = (fromS: number) => {
    const begunMs = performance.now();
    atOnce(store.history.query('bench-host.plugin_3.metric_2', fromS, clock.nowMs() / 1000));
    return performance.now() - begunMs;
  };
  const nowS = clock.nowMs() / 1000;
  const queryMs = { all: timed(0), hour: timed(nowS - 3600), open: timed(nowS - 60) };
  watcher.close();
  store.close();
  const fileMiB = statSync(join(dir, 'state', 'instrument_server.db')).size / 1024 ** 2;
  rmSync(dir, { recursive: true, force: true });
  return { cpuMsATick: cpuMs / ticks, bytesATick: bytes / ticks, longestStepMs: clock.longestMs(), queryMs, fileMiB };
}

import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../src/io/clock.ts';
import { systemFiles } from '../src/io/disk/files.ts';
import { openStateDirectory } from '../src/store/state-directory.ts';
import { openStore } from '../src/store/store.ts';
import { backlogSample } from './backlog.ts';
import { type Bench, table } from './section.ts';
import { benchUse } from './state-use.ts';
import { spread } from './statistics.ts';

const rounds = 5;

/** CPU and time of a commit, in ms. */
type AppendCost = { readonly cpuMs: number; readonly wallMs: number };

/** Samples go into the spool, on disk. */
export const append: Bench = {
  name: 'append',
  title: 'Samples are stored',
  async run(say) {
    const rows: string[][] = [];
    for (const [samples, commits] of [
      [20, 300],
      [1000, 100],
      [5000, 40],
    ] as const) {
      const kept = Array.from({ length: rounds }, () => intoSpool(samples, commits));
      const bare = Array.from({ length: rounds }, () => intoFile(samples, commits));
      const figures = (costs: readonly AppendCost[], key: keyof AppendCost) =>
        spread(
          costs.map((cost) => cost[key]),
          2,
        );
      const row = [figures(kept, 'cpuMs'), figures(bare, 'cpuMs'), figures(kept, 'wallMs'), figures(bare, 'wallMs')];
      say(`append of ${samples}: ${row.join(', ')}`);
      rows.push([samples.toLocaleString('en'), ...row]);
    }
    const text = `Commits of this many samples into the spool, each on the disk before the next begins. Yardstick: the
same lines, made beforehand, appended to a file, with an fsync for each commit. In ms a commit.

${table(['samples', 'CPU', 'yardstick', 'time', 'yardstick'], rows)}`;
    return { text, limits: [] };
  },
};

function intoSpool(samples: number, commits: number): AppendCost {
  return inFolder((dir) => {
    const state = openStateDirectory(systemFiles, benchUse(join(dir, 'state')));
    if (!state.ok) throw new Error(state.error);
    const { database, outputs, release } = state.value;
    const store = openStore(
      { clock: systemClock, database, outputs },
      {
        sinks: [{ name: 'instrumental', keptForS: 86_400 }],
        maxSizeBytes: 1024 ** 3,
        emit: () => {},
        onAppended: () => {},
      },
    );
    const ticks = Array.from({ length: commits }, (_, commit) =>
      Array.from({ length: samples }, (_, index) => backlogSample(commit * samples + index)),
    );
    const cost = measure(ticks, (tick) => {
      store.append(tick);
      store.flush();
    });
    store.close();
    release();
    return cost;
  });
}

function intoFile(samples: number, commits: number): AppendCost {
  return inFolder((dir) => {
    const texts = Array.from({ length: commits }, (_, commit) =>
      Array.from({ length: samples }, (_, index) => {
        const { metric, value, atS } = backlogSample(commit * samples + index);
        return `${metric} ${value} ${atS}\n`;
      }).join(''),
    );
    const fd = openSync(join(dir, 'lines'), 'a');
    const cost = measure(texts, (text) => {
      writeSync(fd, text);
      fsyncSync(fd);
    });
    closeSync(fd);
    return cost;
  });
}

function inFolder(work: (dir: string) => AppendCost): AppendCost {
  const dir = mkdtempSync(join(tmpdir(), 'instrument-bench-'));
  const cost = work(dir);
  rmSync(dir, { recursive: true, force: true });
  return cost;
}

function measure<T>(parts: readonly T[], commit: (part: T) => void): AppendCost {
  const begunMs = performance.now();
  const before = process.cpuUsage();
  parts.forEach(commit);
  const { user, system } = process.cpuUsage(before);
  return { cpuMs: (user + system) / 1000 / parts.length, wallMs: (performance.now() - begunMs) / parts.length };
}

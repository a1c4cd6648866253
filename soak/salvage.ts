import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../src/io/disk/database.ts';
import { systemFiles } from '../src/io/disk/files.ts';
import { DamagedFiles } from '../src/store/salvage/files.ts';
import { migrate } from '../src/store/schema.ts';
import { blockSamples } from '../src/store/spool/blocks.ts';

const spoolBytes = 256 * 1024 ** 2;
const mostStepMs = 50;
const mostMemoryBytes = 100_000_000;

/**
 * A spool of 256 MiB with 20 damaged pages, and without its first page, is salvaged: no step takes
 * more than 50 ms, and memory stays small. The figures are for the documentation.
 */
export async function salvage(say: (line: string) => void): Promise<boolean> {
  const dir = mkdtempSync(join(tmpdir(), 'instrument-soak-'));
  const path = join(dir, 'instrument_server.db');
  const open = (file: string) => {
    const db = openDatabase(file);
    migrate(db);
    return db;
  };
  const written = fill(open(path));
  damage(path);
  const files = new DamagedFiles(systemFiles, path);
  const before = process.memoryUsage().rss;
  const begunMs = performance.now();
  const sinks = [{ name: 'a', keptForS: 0 }];
  const under = files.begin(open, { kind: 'start', sinks });
  const stepsMs: number[] = [];
  let peak = before;
  for (let hasMore = true; hasMore; ) {
    const cpu = process.cpuUsage(); // on a busy host, the time by the clock says little
    hasMore = under.step();
    const { user, system } = process.cpuUsage(cpu);
    stepsMs.push((user + system) / 1000);
    peak = Math.max(peak, process.memoryUsage().rss);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const finishMs = performance.now();
  const { samples, lost } = under.finish();
  const lastMs = performance.now() - finishMs;
  const seconds = (performance.now() - begunMs) / 1000;
  rmSync(dir, { recursive: true });
  const sorted = stepsMs.toSorted((a, b) => a - b);
  const longestMs = sorted.at(-1) ?? 0;
  const typicalMs = sorted[Math.floor(sorted.length * 0.99)] ?? 0;
  say(`${written} samples written, ${samples} salvaged, ${lost} known to be lost; ${seconds.toFixed(1)} s of work`);
  say(
    `${stepsMs.length} steps, by processor time: 99 % within ${typicalMs.toFixed(0)} ms, the longest ${longestMs.toFixed(0)} ms (${mostStepMs} allowed), the end ${lastMs.toFixed(0)} ms`,
  );
  say(`memory ${((peak - before) / 1e6).toFixed(0)} MB more (${mostMemoryBytes / 1e6} allowed)`);
  return samples > written * 0.9 && typicalMs < mostStepMs && peak - before < mostMemoryBytes;
}

/** Fills a database with blocks, and returns how many samples they hold. */
function fill(db: ReturnType<typeof openDatabase>): number {
  const insert = db.prepare('INSERT INTO blocks (samples, bytes, lines) VALUES (?, ?, ?)');
  let [bytes, samples] = [0, 0];
  while (bytes < spoolBytes) {
    db.transaction(() => {
      for (let block = 0; block < 20; block += 1) {
        const count = block % 4 === 0 ? blockSamples : 20; // of large hosts, and of small ones
        let lines = '';
        for (let index = 0; index < count; index += 1) {
          lines += `web-1.plugin.metric_${index % 1000} ${samples / 8} ${1_700_000_000 + block}\n`;
          samples += 1;
        }
        insert.run(count, lines.length, lines);
        bytes += lines.length;
      }
    });
  }
  db.close();
  return samples;
}

function damage(path: string): void {
  const file = openSync(path, 'r+');
  const pages = Math.floor(statSync(path).size / 4096);
  for (let hit = 0; hit < 21; hit += 1)
    writeSync(file, Buffer.alloc(4096, 0xa5), 0, 4096, Math.floor((hit * pages) / 21) * 4096);
  closeSync(file);
}

import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { drain, writeRaw } from './drain.ts';
import { measureHistory } from './history.ts';
import { pageCost } from './page.ts';

/** `npm run bench`: measures what is fast or slow, each against a yardstick in the same run, and writes `docs/benchmarks.md`. */
const rounds = 3;
const samples = 1_000_000;

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const spread = (values: readonly number[], digits: number) =>
  `${median(values).toFixed(digits)} (${Math.min(...values).toFixed(digits)}–${Math.max(...values).toFixed(digits)})`;

const ratios: number[] = [];
const rates: number[] = [];
const peaks: number[] = [];
for (let round = 1; round <= rounds; round += 1) {
  const rawSeconds = await writeRaw(samples);
  const { seconds, peakMiB, isInOrder } = await drain(samples);
  if (!isInOrder) throw new Error('the backlog arrived out of order');
  ratios.push(seconds / rawSeconds);
  rates.push(samples / seconds / 1000);
  peaks.push(peakMiB);
  process.stdout.write(`drain ${round}: ${seconds.toFixed(2)} s, raw ${rawSeconds.toFixed(2)} s, peak ${peakMiB.toFixed(0)} MiB\n`);
}

const weekS = 7 * 24 * 3600;
const without = Array.from({ length: rounds }, () => measureHistory(120, 5000, 0));
const kept = Array.from({ length: rounds }, () => measureHistory(120, 5000, weekS));
const week = measureHistory(weekS / 30, 100, weekS);
const kib = (costs: typeof kept) => (median(costs.map(({ bytesATick }) => bytesATick)) / 1024).toFixed(0);
const cpu = (costs: typeof kept) =>
  spread(
    costs.map(({ cpuMsATick }) => cpuMsATick),
    1,
  );
process.stdout.write(`history: ${cpu(without)} ms a tick without, ${cpu(kept)} with\n`);
const plugins = 1000;
const page = await pageCost(plugins, rounds);
process.stdout.write(`page: painted ${spread(page.paintedMs, 0)} ms, update ${spread(page.updateMs, 0)} ms\n`);

writeFileSync(
  new URL('../docs/benchmarks.md', import.meta.url),
  `# Benchmarks

Made by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}: Node ${process.versions.node}, ${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}). Figures are the
median of ${rounds} rounds, with the smallest and the largest.

## A backlog drains

${samples.toLocaleString('en')} samples go from the spool to a collector, a connection each 5,000. Yardstick: the same lines, made beforehand, written to the same
collector on one connection.

- takes ${spread(ratios, 1)} times as long
- ${spread(rates, 0)} thousand samples a second
- largest memory of the agent: ${spread(peaks, 0)} MiB

## The history is kept

Ticks of 5,000 metrics go through the store to a sink that takes them at once, for an hour. Yardstick: the same without a history.

- CPU a tick, in ms: ${cpu(kept)}, without ${cpu(without)}
- written a tick: ${kib(kept)} KiB, without ${kib(without)} KiB
- the longest step, which holds up all else: ${Math.max(...kept.map(({ longestStepMs }) => longestStepMs)).toFixed(0)} ms of CPU
- a query of one of 5,000 metrics over the hour: ${spread(
    kept.map(({ queryMs }) => queryMs.all),
    1,
  )} ms; of one of 100 over a week: ${week.queryMs.all.toFixed(1)} ms
- the file after a week of 100 metrics each 30 s: ${week.fileMiB.toFixed(0)} MiB
## The page with ${plugins.toLocaleString('en')} plugins

The built page in headless Chromium, without a graphics card, on an agent that is made up. Main thread: all of it, from parsing what came to painting.

- ${spread(page.paintedMs, 0)} ms until all plugins are on the screen, from the beginning of the navigation
- ${spread(page.updateMs, 0)} ms of main thread at an update that changes every plugin
- ${spread(page.smallUpdateMs, 0)} ms at one that changes ten
`,
);

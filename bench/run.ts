import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { drain, writeRaw } from './drain.ts';

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
`,
);

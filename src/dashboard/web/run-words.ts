import type { RecentRun } from '../../model/run-status.ts';
import { memoryText, usageWords } from '../../words/run-usage.ts';
import { clockTimeOrDay, durationText, readableCount } from './words.ts';

/** What a bar of a run shows: its name, its value (null: not known) and the text of a value. */
export type RunMeasure = {
  readonly name: string;
  of(run: RecentRun): number | null;
  text(value: number): string;
};

/** What is drawn of the runs of a plugin, in this order. */
export const runMeasures: readonly RunMeasure[] = [
  { name: 'took', of: ({ durationMs }) => durationMs, text: durationText },
  { name: 'CPU', of: ({ cpuS }) => cpuS, text: (cpuS) => durationText(cpuS * 1000) },
  { name: 'memory', of: ({ peakMemoryBytes }) => peakMemoryBytes, text: memoryText },
];

/** Whether a run failed. `lastGood` is the largest exit status that is no failure. */
export function hasFailed({ status }: RecentRun, lastGood: number): boolean {
  return status === null || status > lastGood;
}

/** A run in short: `exit 1 · 41 ms · 12:03:11`, with what it used, if that is known. */
export function runReadOut(run: RecentRun, nowS: number): string {
  return [exitText(run), durationText(run.durationMs), clockTimeOrDay(run.endedAtS, nowS), ...usageWords(run)].join(
    ' · ',
  );
}

/** How a run ended, in words: `reported 5 samples`, `failed: exit 3`, `gave no sample`. */
export function endingWords(run: RecentRun, lastGood: number): string {
  if (hasFailed(run, lastGood)) return `failed: ${exitText(run)}`;
  const given = run.samples > 0 ? `reported ${readableCount(run.samples, 'sample')}` : 'gave no sample';
  return run.status === 0 ? given : `${given}, ${exitText(run)}`;
}

/** What a run took and used: `41 ms, 20 ms of CPU, 9.0 MiB of memory`. */
export function costWords(run: RecentRun): string {
  return [durationText(run.durationMs), ...usageWords(run)].join(', ');
}

/** All runs in one sentence: `60 runs: 9 ms to 14 ms, the last 9 ms; 14 failed`. */
export function runsSummary(runs: readonly RecentRun[], measure: RunMeasure, lastGood: number): string {
  const values = runs.flatMap((run) => measure.of(run) ?? []);
  const last = values.at(-1);
  const failed = runs.filter((run) => hasFailed(run, lastGood)).length;
  const range =
    last === undefined
      ? 'not known'
      : `${measure.text(Math.min(...values))} to ${measure.text(Math.max(...values))}, the last ${measure.text(last)}`;
  return `${readableCount(runs.length, 'run')}: ${range}${failed > 0 ? `; ${failed} failed` : ''}`;
}

/** `exit 3`; `exit 137 (128 + signal 9)`. */
function exitText({ status }: RecentRun): string {
  if (status === null) return 'no exit status';
  return status > 128 ? `exit ${status} (128 + signal ${status - 128})` : `exit ${status}`;
}

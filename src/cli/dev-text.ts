import type { TrialResult } from '../model/trial.ts';
import { counted } from '../words/counted.ts';
import { shortDuration } from '../words/duration.ts';
import { explanationOf } from '../words/explanation.ts';
import { visible } from '../words/visible.ts';
import { paint, type RenderOptions } from './render.ts';

/** The values of a metric from run to run, oldest first; null: that run had none. */
export type Track = ReadonlyMap<string, readonly (number | null)[]>;

/** How a run is shown; `courses`: with each value's course over the last runs. */
export type DevOptions = RenderOptions & { readonly courses: boolean };

const keptRuns = 24;
const mostRows = 200;
const mostLines = 20; // of bad lines, and of stderr
const bars = '▁▂▃▄▅▆▇█';

/** The track with one more run. A metric that no kept run has is forgotten. */
export function tracked(track: Track, { output }: TrialResult): Track {
  const now = new Map<string, number>();
  for (const { verdict } of output.lines) if (verdict.kind === 'sample') now.set(verdict.metric, verdict.value);
  const names = [...new Set([...track.keys(), ...now.keys()])];
  const runs = Math.min(keptRuns, Math.max(0, ...[...track.values()].map((values) => values.length)) + 1);
  const grown = names.map((name) => {
    const before = track.get(name) ?? [];
    const values = [...Array<null>(Math.max(0, runs - 1 - before.length)).fill(null), ...before, now.get(name) ?? null];
    return [name, values.slice(-keptRuns)] as const;
  });
  return new Map(grown.filter(([, values]) => values.some((value) => value !== null)));
}

/** A run beside those before it: each metric with its change and its course, what is bad, what it said on stderr, how it ended. */
export function renderDevRun(result: TrialResult, track: Track, time: string, options: DevOptions): string {
  const { output, stderr, file, outputLost } = result;
  const { colours, courses } = options;
  const present = [...track].filter(([, series]) => series.slice(-2).some((value) => value !== null)); // one that went is told once
  const metrics = present.slice(0, mostRows);
  const width = Math.min(60, Math.max(0, ...metrics.map(([name]) => name.length)));
  const values = metrics.map(([, series]) => shownValue(series.at(-1) ?? null));
  const valueWidth = Math.max(0, ...values.map((value) => value.length));
  const rows = metrics.map(([name, series], index) => {
    const course = courses ? `  ${sparkline(series)}` : '';
    return `  ${name.padEnd(width)}  ${(values[index] ?? '').padStart(valueWidth)}  ${changeText(series).padEnd(10)}${course}`.trimEnd();
  });
  const bad = output.lines.flatMap(({ line, text, verdict }) =>
    verdict.kind === 'bad-line'
      ? [
          `  ${paint('yellow', '✗', colours)} line ${line} "${visible(text)}": ${verdict.reason}: ${visible(verdict.hint)}`,
        ]
      : [],
  );
  const said = stderr.slice(-mostLines).map((line) => `  stderr: ${visible(line)}`);
  return `${[
    `${time} ${visible(file)}: ${endText(result, options)}`,
    ...rows,
    ...unshown(present.length - rows.length, 'more metric'),
    ...bad.slice(0, mostLines),
    ...unshown(output.badLines - Math.min(bad.length, mostLines), 'more bad line'),
    ...unshown(stderr.length - said.length, 'line', ' of stderr before these'),
    ...said,
    ...(outputLost === null ? [] : [`  the output could not be kept whole: ${visible(outputLost)}`]),
  ].join('\n')}\n`;
}

function unshown(number: number, what: string, where = ''): readonly string[] {
  return number > 0 ? [`  … ${counted(number, what)}${where}`] : [];
}

function endText({ ending, failure, durationMs, output }: TrialResult, { colours }: RenderOptions): string {
  const took = durationMs < 10_000 ? `${Math.round(durationMs)} ms` : shortDuration(durationMs / 1000);
  if (failure !== null) return `${paint('red', 'failed', colours)} after ${took}: ${visible(explanationOf(failure))}`;
  const status = ending.kind === 'exited' ? ending.status : 0;
  return `${paint('green', `exit ${status}`, colours)} after ${took}, ${counted(output.samples, 'sample')}, ${counted(output.badLines, 'bad line')}`;
}

function shownValue(value: number | null): string {
  return value === null ? 'gone' : String(value);
}

/** What became of a value since the run before. */
function changeText(series: readonly (number | null)[]): string {
  const [now, before] = [series.at(-1) ?? null, series.at(-2)];
  if (now === null) return '';
  if (before === undefined) return '';
  if (before === null) return 'new';
  const change = now - before;
  if (change === 0) return '=';
  if (!Number.isFinite(change)) return 'changed';
  return `${change > 0 ? '+' : ''}${Number(change.toPrecision(6))}`;
}

/** The course of a value in a few characters. */
export function sparkline(series: readonly (number | null)[]): string {
  const halves = series.map((value) => (value === null ? null : value / 2)); // their difference is always a number
  const there = halves.filter((value) => value !== null);
  const [low, high] = [Math.min(...there), Math.max(...there)];
  const height = (value: number) => (high === low ? 3 : Math.round(((value - low) / (high - low)) * (bars.length - 1)));
  return halves.map((value) => (value === null ? ' ' : (bars[height(value)] ?? ''))).join('');
}

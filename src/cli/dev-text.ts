import type { TrialResult } from '../model/trial.ts';
import { counted } from '../words/counted.ts';
import { runDuration } from '../words/duration.ts';
import { visible, visibleInQuotes } from '../words/visible.ts';
import { adviceLines, noteLines } from './advice-lines.ts';
import { badLineText, outputNotes } from './output-notes.ts';
import { paint, type RenderOptions } from './rendering.ts';
import { foreignLines } from './trial-text.ts';

/**
 * The values of each metric in the last runs, oldest run first. Null: that run did not report the
 * metric. All metrics have as many values.
 */
export type RecentValues = ReadonlyMap<string, readonly (number | null)[]>;

/**
 * How a run is shown. With `sparklines`, each value is followed by its graph over the last runs.
 */
export type DevTextOptions = RenderOptions & { readonly sparklines: boolean };

const keptRuns = 24;
const mostRows = 200;
const mostLines = 20; // of bad lines, and of stderr
const bars = '▁▂▃▄▅▆▇█';

/** Returns the values with one more run. Drops metrics that none of the kept runs reported. */
export function withRun(recent: RecentValues, { output }: TrialResult): RecentValues {
  const now = new Map<string, number>();
  for (const { verdict } of output.lines) if (verdict.kind === 'sample') now.set(verdict.metric, verdict.value);
  const names = [...new Set([...recent.keys(), ...now.keys()])];
  const runs = Math.min(keptRuns, Math.max(0, ...[...recent.values()].map((values) => values.length)) + 1);
  const grown = names.map((name) => {
    const before = recent.get(name) ?? [];
    const values = [...Array<null>(Math.max(0, runs - 1 - before.length)).fill(null), ...before, now.get(name) ?? null];
    return [name, values.slice(-keptRuns)] as const;
  });
  return new Map(grown.filter(([, values]) => values.some((value) => value !== null)));
}

/**
 * Returns a run as text: how it ended, each metric with its change since the run before, the bad
 * lines, and stderr. `recent` includes this run; `time` is the time of day.
 */
export function renderDevRun(result: TrialResult, recent: RecentValues, time: string, options: DevTextOptions): string {
  const { output, stderr, file, outputLost } = result;
  const [ending = '', ...commands] = endingLines(result, options);
  // A metric that is gone is shown once, in the first run without it.
  const present = [...recent].filter(([, values]) => values.slice(-2).some((value) => value !== null));
  const rows = metricRows(present.slice(0, mostRows), options);
  const bad = badLineRows(result, options);
  const said = stderr.slice(-mostLines).map((line) => `  stderr: ${visible(line)}`);
  return `${[
    `${time} ${visible(file)}: ${ending}`,
    ...commands,
    ...foreignLines(result.foreign),
    ...rows,
    ...moreText(present.length - rows.length, 'more metric'),
    ...bad,
    ...moreText(output.badLines - bad.length, 'more bad line'),
    ...outputNotes(output).map((line) => `  ${line}`),
    ...moreText(stderr.length - said.length, 'line', ' of stderr before these'),
    ...said,
    ...result.notes.flatMap(noteLines).map((line) => `  ${line}`),
    ...(outputLost === null ? [] : [`  part of the output was lost: ${visible(outputLost)}`]),
  ].join('\n')}\n`;
}

function metricRows(
  metrics: readonly (readonly [name: string, values: readonly (number | null)[]])[],
  { sparklines }: DevTextOptions,
): readonly string[] {
  const width = Math.min(60, Math.max(0, ...metrics.map(([name]) => name.length)));
  const shown = metrics.map(([, values]) => shownValue(values.at(-1) ?? null));
  const valueWidth = Math.max(0, ...shown.map((value) => value.length));
  return metrics.map(([name, values], index) => {
    const value = (shown[index] ?? '').padStart(valueWidth);
    const graph = sparklines ? `  ${sparkline(values)}` : '';
    return `  ${name.padEnd(width)}  ${value}  ${changeText(values).padEnd(10)}${graph}`.trimEnd();
  });
}

function badLineRows({ output }: TrialResult, { colours }: DevTextOptions): readonly string[] {
  const rows = output.lines.flatMap(({ line, text, verdict }) => {
    if (verdict.kind !== 'bad-line') return [];
    const mark = paint('yellow', '✗', colours);
    return [`  ${mark} line ${line} ${visibleInQuotes(text)}: ${badLineText(verdict, output.looksLike)}`];
  });
  return rows.slice(0, mostLines);
}

function moreText(number: number, what: string, where = ''): readonly string[] {
  return number > 0 ? [`  … ${counted(number, what)}${where}`] : [];
}

function endingLines(
  { ending, failure, durationMs, output }: TrialResult,
  { colours }: RenderOptions,
): readonly string[] {
  const took = runDuration(durationMs);
  if (failure !== null) {
    const [sentence, ...commands] = adviceLines(failure);
    return [`${paint('red', 'failed', colours)} after ${took}: ${sentence}`, ...commands.map((line) => `  ${line}`)];
  }
  const status = ending.kind === 'exited' ? ending.status : 0;
  const counts = `${counted(output.samples, 'sample')}, ${counted(output.badLines, 'bad line')}`;
  return [`${paint('green', `exit ${status}`, colours)} after ${took}, ${counts}`];
}

function shownValue(value: number | null): string {
  return value === null ? 'gone' : String(value);
}

/** Returns how a value differs from that of the run before. */
function changeText(values: readonly (number | null)[]): string {
  const [now, before] = [values.at(-1) ?? null, values.at(-2)];
  if (now === null || before === undefined) return '';
  if (before === null) return 'new';
  const change = now - before;
  if (change === 0) return '=';
  if (!Number.isFinite(change)) return 'changed';
  return `${change > 0 ? '+' : ''}${Number(change.toPrecision(6))}`;
}

/** Returns a small graph of the values, one character for each; a space for null. */
export function sparkline(values: readonly (number | null)[]): string {
  const halves = values.map((value) => (value === null ? null : value / 2)); // so that no difference overflows
  const present = halves.filter((value) => value !== null);
  const [low, high] = [Math.min(...present), Math.max(...present)];
  const height = (value: number) => (high === low ? 3 : Math.round(((value - low) / (high - low)) * (bars.length - 1)));
  return halves.map((value) => (value === null ? ' ' : (bars[height(value)] ?? ''))).join('');
}

import type { AnnotatedLine, AnnotatedOutput, ShownBadLine, ShownSample } from '../model/annotated.ts';
import { unreachable } from '../model/result.ts';
import type { Ending } from '../model/run.ts';
import type { TrialEvent, TrialResult } from '../model/trial.ts';
import { messageText } from '../words/check-message.ts';
import { counted } from '../words/counted.ts';
import { runDuration, shortDuration } from '../words/duration.ts';
import { usageWords } from '../words/run-usage.ts';
import { visible } from '../words/visible.ts';
import { adviceLines, noteLines } from './advice-lines.ts';
import { badLineText, moreBadLines, outputNotes } from './output-notes.ts';
import { paint, type RenderOptions } from './rendering.ts';
import type { TrialPlace } from './trial-source.ts';

/** Returns which script is run, who runs it, and why it would not run at a tick. */
export function foundText(title: string, { where, rejection }: TrialPlace): string {
  const [sentence, ...commands] = rejection === null ? [] : adviceLines(rejection);
  const rejected = sentence === undefined ? [] : [`at a tick it would not run: ${sentence}`, ...commands];
  return [`${visible(title)}: ${visible(where)}`, ...rejected.map((line) => `  ${line}`), ''].join('\n');
}

/** Returns why a run has not begun yet. */
export function waitingText({ pid, elapsedS }: Extract<TrialEvent, { event: 'waiting' }>): string {
  const process = pid === null ? '' : ` (pid ${pid})`;
  return (
    `it is in flight already${process}, for ${shortDuration(elapsedS)}; ` +
    'this run waits until that one has ended, because a plugin never runs twice at the same time'
  );
}

/**
 * Returns a run as its author wants to see it: its arguments, each line of its output with the
 * verdict on it, its stderr, and how it ended.
 */
export function renderTrial(result: TrialResult, options: RenderOptions): string {
  const { args, stdinBytes, output, stderr, droppedBytes, outputLost, foreign } = result;
  const stdin = stdinBytes > 0 ? `${counted(stdinBytes, 'byte')} on stdin` : 'nothing on stdin';
  const width = Math.min(48, Math.max(0, ...output.lines.map(({ text }) => visible(text).length)));
  const numberWidth = String(output.lines.at(-1)?.line ?? 0).length;
  const lines = output.lines.flatMap((line) => outputLines(line, output.looksLike, numberWidth, width, options));
  const more = output.moreLines > 0 ? [`… ${counted(output.moreLines, 'more line')}${moreBadLines(output)}`] : [];
  const reason = outputLost === null ? ': max_output' : '';
  const dropped =
    droppedBytes > 0 ? [`… ${counted(droppedBytes, 'byte')} more were read and thrown away${reason}`] : [];
  const lost = outputLost === null ? [] : [`part of the output was lost: ${visible(outputLost)}`];
  return [
    `  called with ${args.length === 0 ? 'no arguments' : args.join(' ')}, and ${stdin}`,
    ...foreignLines(foreign),
    ...(awaitsRates(result) ? [`  ${noRateYet}`] : []),
    ...section('stdout', [...lines, ...more, ...dropped, ...lost], 'nothing'),
    ...section('notes', outputNotes(output), null),
    ...section('stderr', stderr.map(visible), null),
    ...endingLines(result, options).map((line) => `  ${line}`),
    ...result.notes.flatMap(noteLines).map((line) => `  ${line}`),
    '',
  ].join('\n');
}

/** Returns the format of an output that is not in the agent's own, and what the plugin says. */
export function foreignLines(foreign: TrialResult['foreign']): readonly string[] {
  if (foreign === undefined) return [];
  const { format, notFinite } = foreign;
  return [
    `  read as ${format}`,
    ...messageText(foreign).map((text) => `  message: ${visible(text)}`),
    ...(notFinite > 0 ? [`  ${counted(notFinite, 'value')} not finite, so not sent`] : []),
  ];
}

const noRateYet = 'a rate needs two runs: the agent has it from its second run on';

/** Whether all that a Munin plugin printed is counts, which give a rate from the next run on. */
function awaitsRates({ foreign, output, failure }: TrialResult): boolean {
  if (foreign?.format !== 'munin' || failure !== null || output.samples + output.badLines > 0) return false;
  return output.lines.some(({ verdict }) => verdict.kind === 'nothing');
}

function section(title: string, lines: readonly string[], empty: string | null): readonly string[] {
  if (lines.length === 0) return empty === null ? [] : [`  ${title}: ${empty}`];
  return [`  ${title}:`, ...lines.map((line) => `    ${line}`)];
}

/** Returns a printed line with its verdict beside it, or below it where there is more than one. */
function outputLines(
  { line, text, verdict }: AnnotatedLine,
  looksLike: AnnotatedOutput['looksLike'],
  numberWidth: number,
  width: number,
  options: RenderOptions,
): readonly string[] {
  const shown = `${String(line).padStart(numberWidth)}  ${visible(text).padEnd(width)}`;
  switch (verdict.kind) {
    case 'sample':
      return [`${shown}  ${sampleText(verdict, options)}`];
    case 'bad-line':
      return [`${shown}  ${badText(verdict, looksLike, options)}`];
    case 'several': {
      const { samples, badLines, moreSamples, moreBadLines: moreBad } = verdict;
      const below = [
        ...samples.map((sample) => sampleText(sample, options)),
        ...(moreSamples > 0 ? [`… and ${counted(moreSamples, 'more sample')}`] : []),
        ...badLines.map((badLine) => badText(badLine, looksLike, options)),
        ...(moreBad > 0 ? [`… and ${moreBad} more that can't be read`] : []),
      ];
      return [shown.trimEnd(), ...below.map((each) => `${' '.repeat(numberWidth + 4)}${each}`)];
    }
    case 'cut':
      return [`${shown}  ✗ the output was cut in this line`];
    case 'nothing':
      return [`${shown}  ${paint('gray', '· no sample', options.colours)}`];
    case 'blank':
      return [shown.trimEnd()];
  }
}

function sampleText({ metric, value, atS, series }: ShownSample, { colours }: RenderOptions): string {
  const details = [series?.kind === 'counter' ? 'counter' : '', visible(series?.unit ?? '')].filter(
    (word) => word !== '',
  );
  const described = details.length === 0 ? '' : ` (${details.join(', ')})`;
  return `${paint('green', '→', colours)} ${metric} ${value} ${atS}${described}`;
}

function badText(badLine: ShownBadLine, looksLike: AnnotatedOutput['looksLike'], { colours }: RenderOptions): string {
  return `${paint('yellow', '✗', colours)} ${badLineText(badLine, looksLike)}`;
}

function endingLines(
  { ending, failure, durationMs, output, pid, cpuS, peakMemoryBytes }: TrialResult,
  { colours }: RenderOptions,
): readonly string[] {
  const process = pid === null ? '' : ` (pid ${pid})`;
  const rest = [`after ${runDuration(durationMs)}${process}`, ...usageWords({ cpuS, peakMemoryBytes })].join(', ');
  const how = howEnded(ending);
  if (failure !== null) {
    const [sentence, ...commands] = adviceLines(failure);
    return [`${paint('red', how, colours)} ${rest}: ${sentence}`, ...commands];
  }
  const counts = `${counted(output.samples, 'sample')}, ${counted(output.badLines, 'bad line')}`;
  return [`${paint('green', how, colours)} ${rest}: ${counts}; nothing was sent`];
}

function howEnded(ending: Ending): string {
  switch (ending.kind) {
    case 'exited':
      return `exit ${ending.status}`;
    case 'signaled':
      return `ended by ${ending.signal}`;
    case 'not-started':
      return 'did not run';
    case 'unknown':
      return 'ended in an unknown way';
    default:
      return unreachable(ending);
  }
}

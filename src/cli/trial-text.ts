import type { AnnotatedLine } from '../model/annotated.ts';
import { unreachable } from '../model/result.ts';
import type { Ending } from '../model/run.ts';
import type { TrialEvent, TrialResult } from '../model/trial.ts';
import { counted } from '../words/counted.ts';
import { shortDuration } from '../words/duration.ts';
import { explanationOf } from '../words/explanation.ts';
import { visible } from '../words/visible.ts';
import { paint, type RenderOptions } from './render.ts';
import type { TrialPlace } from './trial-source.ts';

/** Which script is run, by whom, and what keeps it from being run at a tick. */
export function foundText(path: string, { where, rejection }: TrialPlace): string {
  const rejected = rejection === null ? '' : `  at a tick it would not run: ${visible(explanationOf(rejection))}\n`;
  return `${visible(path)}: ${visible(where)}\n${rejected}`;
}

/** Why a run has not begun yet. */
export function waitingText({ pid, elapsedS }: Extract<TrialEvent, { event: 'waiting' }>): string {
  const who = pid === null ? '' : ` (pid ${pid})`;
  return `it is in flight already${who}, for ${shortDuration(elapsedS)}; this one waits until that run has ended, for a plugin is never doubled`;
}

/** A run as its author sees it: what it was called with, each line of its output beside its verdict, its stderr, how it ended. */
export function renderTrial(result: TrialResult, options: RenderOptions): string {
  const { args, stdinBytes, output, stderr, droppedBytes, outputLost } = result;
  const called = `called with ${args.join(' ')}${stdinBytes > 0 ? `, and ${counted(stdinBytes, 'byte')} on stdin` : ', and nothing on stdin'}`;
  const width = Math.min(48, Math.max(0, ...output.lines.map(({ text }) => visible(text).length)));
  const numbers = String(output.lines.at(-1)?.line ?? 0).length;
  const lines = output.lines.map((line) => outputLine(line, numbers, width, options));
  const more = output.moreLines > 0 ? [`… ${counted(output.moreLines, 'more line')}`] : [];
  const dropped =
    droppedBytes > 0
      ? [
          `… ${counted(droppedBytes, 'byte')} more were read and thrown away${outputLost === null ? ': max_output' : ''}`,
        ]
      : [];
  const lost = outputLost === null ? [] : [`the output could not be kept whole: ${visible(outputLost)}`];
  return [
    `  ${called}`,
    ...section('stdout', [...lines, ...more, ...dropped, ...lost], 'nothing'),
    ...section('stderr', stderr.map(visible), null),
    `  ${trialEndingText(result, options)}`,
    '',
  ].join('\n');
}

function section(title: string, lines: readonly string[], empty: string | null): readonly string[] {
  if (lines.length === 0) return empty === null ? [] : [`  ${title}: ${empty}`];
  return [`  ${title}:`, ...lines.map((line) => `    ${line}`)];
}

function outputLine(
  { line, text, verdict }: AnnotatedLine,
  numbers: number,
  width: number,
  { colours }: RenderOptions,
): string {
  const shown = `${String(line).padStart(numbers)}  ${visible(text).padEnd(width)}`;
  switch (verdict.kind) {
    case 'sample':
      return `${shown}  ${paint('green', '→', colours)} ${verdict.metric} ${verdict.value} ${verdict.atS}`;
    case 'bad-line':
      return `${shown}  ${paint('yellow', '✗', colours)} ${verdict.reason}: ${visible(verdict.hint)}`;
    case 'cut':
      return `${shown}  ✗ the output was cut in this line`;
    case 'blank':
      return shown.trimEnd();
  }
}

function trialEndingText(
  { ending, failure, durationMs, output, pid }: TrialResult,
  { colours }: RenderOptions,
): string {
  const took = durationMs < 10_000 ? `${Math.round(durationMs)} ms` : shortDuration(durationMs / 1000);
  const who = pid === null ? '' : ` (pid ${pid})`;
  const how = howEnded(ending);
  if (failure !== null) return `${paint('red', how, colours)} after ${took}${who}: ${visible(explanationOf(failure))}`;
  return `${paint('green', how, colours)} after ${took}${who}: ${counted(output.samples, 'sample')}, ${counted(output.badLines, 'bad line')}; nothing was sent`;
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
      return 'its end is not known';
    default:
      return unreachable(ending);
  }
}

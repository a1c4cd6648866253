import {
  type AnnotatedLine,
  type AnnotatedOutput,
  hiddenBadLines,
  type ShownBadLine,
  type ShownSample,
} from '../../model/annotated.ts';
import { readableNumber } from '../../words/counted.ts';
import { type Child, element, untrusted } from './elements.ts';
import { reasonItems } from './parts.ts';
import { readableCount, readableValue, withUnit } from './words.ts';

/**
 * Makes a table of printed lines and their verdicts. `prefix` is left out of metric names.
 * `isExplained`: a reason says already what the output looks like.
 */
export function outputTable(output: AnnotatedOutput | null, prefix: string, isExplained: boolean): readonly Child[] {
  if (output === null) return [element('p', { class: 'muted' }, 'None was kept.')];
  if (output.lines.length === 0) return [element('p', { class: 'muted' }, 'It printed nothing.')];
  const head = element(
    'tr',
    {},
    ...['line', 'printed', 'taken as'].map((name) => element('th', { scope: 'col' }, name)),
  );
  const { looksLike, duplicate } = output;
  const notes = [isExplained ? null : looksLike, duplicate].filter((note) => note !== null);
  return [
    ...(notes.length > 0 ? [element('ul', { class: 'reasons' }, ...reasonItems(notes))] : []),
    element(
      'table',
      { class: 'output' },
      element('caption', {}, countsText(output)),
      element('thead', {}, head),
      element('tbody', {}, ...output.lines.map((line) => lineRow(line, prefix, looksLike !== null))),
    ),
    ...(output.moreLines > 0
      ? [element('p', { class: 'muted' }, `… and ${readableCount(output.moreLines, 'line')} more${moreBad(output)}`)]
      : []),
  ];
}

function countsText({ samples, badLines, notFinite }: AnnotatedOutput): string {
  const counts = `${readableCount(samples, 'sample')}, ${readableCount(badLines, 'bad line')}`;
  return notFinite ? `${counts}, ${readableCount(notFinite, 'value')} not finite` : counts;
}

function moreBad(output: AnnotatedOutput): string {
  const hidden = hiddenBadLines(output);
  return hidden > 0 ? `, with ${readableCount(hidden, 'bad line')}` : '';
}

/** `isHinted`: a note above the table takes the place of the hint on each bad line. */
function lineRow({ line, text, verdict }: AnnotatedLine, prefix: string, isHinted: boolean): HTMLElement {
  return element(
    'tr',
    { class: verdict.kind === 'several' && verdict.badLines.length > 0 ? 'several bad-line' : verdict.kind },
    element('td', { class: 'num' }, String(line)),
    element('td', { class: 'printed' }, ...untrusted(text)),
    element('td', { class: 'verdict' }, ...verdictWords(verdict, prefix, isHinted)),
  );
}

function verdictWords(verdict: AnnotatedLine['verdict'], prefix: string, isHinted: boolean): readonly Child[] {
  switch (verdict.kind) {
    case 'sample':
      return sampleWords(verdict, prefix);
    case 'bad-line':
      return badWords(verdict, isHinted);
    case 'several': {
      const { samples, badLines, moreSamples, moreBadLines } = verdict;
      const more = (count: number, words: string) => (count > 0 ? [[element('span', { class: 'muted' }, words)]] : []);
      return [
        ...samples.map((sample) => sampleWords(sample, prefix)),
        ...more(moreSamples, `… and ${readableCount(moreSamples, 'more sample')}`),
        ...badLines.map((badLine) => badWords(badLine, isHinted)),
        ...more(moreBadLines, `… and ${readableNumber(moreBadLines)} more that can't be read`),
      ].map((words) => element('div', {}, ...words));
    }
    case 'cut':
      return [element('span', { class: 'muted' }, 'cut off here')];
    case 'nothing':
      return [element('span', { class: 'muted' }, 'no sample')];
    case 'blank':
      return [element('span', { class: 'muted' }, 'blank')];
  }
}

function sampleWords({ metric, value, series }: ShownSample, prefix: string): readonly Child[] {
  const name = metric.startsWith(prefix) ? metric.slice(prefix.length) : metric;
  const words = ` = ${withUnit(readableValue(value), series?.unit ?? '')}`;
  return [element('span', { class: 'good' }, '✓ '), ...untrusted(name), ...untrusted(words)];
}

function badWords({ reason, hint }: ShownBadLine, isHinted: boolean): readonly Child[] {
  if (isHinted) return [element('span', { class: 'bad' }, `✗ ${reason}`)];
  return [element('span', { class: 'bad' }, `✗ ${reason}: `), ...untrusted(hint)];
}

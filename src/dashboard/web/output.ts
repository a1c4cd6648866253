import type { AnnotatedLine, AnnotatedOutput } from '../../model/annotated.ts';
import { type Child, element, untrusted } from './elements.ts';
import { reasonItems } from './parts.ts';
import { readableCount, readableValue } from './words.ts';

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
      element(
        'caption',
        {},
        `${readableCount(output.samples, 'sample')}, ${readableCount(output.badLines, 'bad line')}`,
      ),
      element('thead', {}, head),
      element('tbody', {}, ...output.lines.map((line) => lineRow(line, prefix, looksLike !== null))),
    ),
    ...(output.moreLines > 0
      ? [element('p', { class: 'muted' }, `… and ${readableCount(output.moreLines, 'line')} more${moreBad(output)}`)]
      : []),
  ];
}

function moreBad({ lines, badLines }: AnnotatedOutput): string {
  const hidden = badLines - lines.filter(({ verdict }) => verdict.kind === 'bad-line').length;
  return hidden > 0 ? `, with ${readableCount(hidden, 'bad line')}` : '';
}

/** `isHinted`: a note above the table takes the place of the hint on each bad line. */
function lineRow({ line, text, verdict }: AnnotatedLine, prefix: string, isHinted: boolean): HTMLElement {
  return element(
    'tr',
    { class: verdict.kind },
    element('td', { class: 'num' }, String(line)),
    element('td', { class: 'printed' }, ...untrusted(text)),
    element('td', { class: 'verdict' }, ...verdictWords(verdict, prefix, isHinted)),
  );
}

function verdictWords(verdict: AnnotatedLine['verdict'], prefix: string, isHinted: boolean): readonly Child[] {
  switch (verdict.kind) {
    case 'sample': {
      const name = verdict.metric.startsWith(prefix) ? verdict.metric.slice(prefix.length) : verdict.metric;
      return [element('span', { class: 'good' }, '✓ '), ...untrusted(name), ' = ', readableValue(verdict.value)];
    }
    case 'bad-line':
      if (isHinted) return [element('span', { class: 'bad' }, `✗ ${verdict.reason}`)];
      return [element('span', { class: 'bad' }, `✗ ${verdict.reason}: `), ...untrusted(verdict.hint)];
    case 'cut':
      return [element('span', { class: 'muted' }, 'cut off here')];
    case 'blank':
      return [element('span', { class: 'muted' }, 'blank')];
  }
}

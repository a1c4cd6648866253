import { packedLine } from '../spool/blocks.ts';
import { packSeries, unpackSeries } from '../spool/series-word.ts';
import type { ByteRange } from './payload.ts';

/** What is left of a block's text: whole lines that hold a sample each. */
export type SoundLines = { readonly samples: number; readonly lines: string };

/**
 * Returns the lines of a block that are as they were written: the whole text if each line is, and
 * there are as many as there must be. Else a line that reaches into a damaged page is left out
 * beside a line that is not a sample: the two may be the rest of one. Where only a line's series
 * is damaged, the line stays without it. `damaged` are parts of the text.
 */
export function soundLines(text: string, samples: number, damaged: readonly ByteRange[]): SoundLines {
  if (damaged.length === 0 && wholeText.test(text) && countOf(text, '\n') === samples) return { samples, lines: text };
  const lines = text.split('\n');
  lines.pop(); // behind the last line end
  const parts = lines.map(soundPart);
  const isBad = (index: number) => index >= 0 && (index >= lines.length || parts[index] !== lines[index]);
  let kept = '';
  let count = 0;
  let from = 0;
  for (const [index, part] of parts.entries()) {
    const begin = from - 1; // with the end of the line before
    from += (lines[index] ?? '').length + 1;
    const to = from;
    const isInDamage = damaged.some((range) => range.from < to && range.to > begin);
    if (part === null || (isInDamage && (isBad(index - 1) || isBad(index + 1)))) continue;
    kept += `${part}\n`;
    count += 1;
  }
  return { samples: count, lines: kept };
}

const wholeText = /^(?:[\w.-]+ -?\d+(?:\.\d+)?(?:e[+-]\d+)? -?\d+(?: [gc],[!-~]*)?\n)+$/;

function countOf(text: string, mark: string): number {
  let count = 0;
  for (let at = text.indexOf(mark); at !== -1; at = text.indexOf(mark, at + 1)) count += 1;
  return count;
}

/**
 * Returns a line that is exactly as `packBlocks` writes it, without its series if that is damaged.
 * Null: it is not a sample.
 */
function soundPart(line: string): string | null {
  const words = /^([\w.-]+) (\S+) (-?\d+)(?: (.*))?$/s.exec(line);
  if (!words) return null;
  const [, metric = '', value = '', atS = '', word] = words;
  const bare = `${metric} ${value} ${atS}`;
  if (!Number.isFinite(Number(value)) || packedLine(metric, Number(value), Number(atS)) !== `${bare}\n`) return null;
  const series = word === undefined ? null : unpackSeries(word);
  return series !== null && packSeries(series) === word ? line : bare;
}

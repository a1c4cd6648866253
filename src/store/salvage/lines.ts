import { packedLine } from '../spool/blocks.ts';
import type { ByteRange } from './payload.ts';

/** What is left of a block's text: whole lines that hold a sample each. */
export type SoundLines = { readonly samples: number; readonly lines: string };

/**
 * Returns the lines of a block that are as they were written: the whole text if each line is, and
 * there are as many as there must be. Else a line that reaches into a damaged page is left out
 * beside a line that is not a sample: the two may be the rest of one. `damaged` are parts of the
 * text.
 */
export function soundLines(text: string, samples: number, damaged: readonly ByteRange[]): SoundLines {
  if (damaged.length === 0 && wholeText.test(text) && countOf(text, '\n') === samples) return { samples, lines: text };
  const lines = text.split('\n');
  lines.pop(); // behind the last line end
  const isSound = lines.map(isPacked);
  let kept = '';
  let count = 0;
  let from = 0;
  lines.forEach((line, index) => {
    const to = from + line.length + 1;
    const begin = from - 1; // with the end of the line before
    from = to;
    const isBesideBad = isSound[index - 1] === false || isSound[index + 1] === false || index === lines.length - 1;
    const isInDamage = damaged.some((range) => range.from < to && range.to > begin);
    if (!isSound[index] || (isInDamage && isBesideBad)) return;
    kept += `${line}\n`;
    count += 1;
  });
  return { samples: count, lines: kept };
}

const wholeText = /^(?:[\w.-]+ -?\d+(?:\.\d+)?(?:e[+-]\d+)? -?\d+\n)+$/;

function countOf(text: string, mark: string): number {
  let count = 0;
  for (let at = text.indexOf(mark); at !== -1; at = text.indexOf(mark, at + 1)) count += 1;
  return count;
}

/** Whether a line is exactly as `packBlocks` writes it. */
function isPacked(line: string): boolean {
  const words = /^([\w.-]+) (\S+) (-?\d+)$/.exec(line);
  if (!words) return false;
  const [, metric = '', value = '', atS = ''] = words;
  return Number.isFinite(Number(value)) && packedLine(metric, Number(value), Number(atS)) === `${line}\n`;
}

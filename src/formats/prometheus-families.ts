/** What the `# TYPE` and `# UNIT` lines of an output say of the samples behind them. */
import type { Series } from '../model/series.ts';
import { dottedFamily } from './dotted.ts';
import { isDigitCode, isNameCode } from './grammar.ts';
import { withoutEscapes } from './label-sets.ts';

type Meta = Pick<Series, 'kind' | 'unit'>;
/** What the samples of one name have in common. `dotted` empty: the name has only dots. */
type NamedFamily = Meta & { readonly name: string; readonly dotted: string };
type Family = { readonly type: string; readonly unit: string };

/** How many families are remembered, so that memory is bounded. Later ones' samples are gauges. */
const mostFamilies = 10_000;
/**
 * A longer line is a comment: its name need not be remembered, and the expression could overflow
 * V8's stack.
 */
const longestLine = 1000;
const metaLine = /^[ \t]*#[ \t]+(TYPE|UNIT)[ \t]+(?:"((?:[^"\\]|\\.)+)"|([^ \t"]+))[ \t]+([^ \t]+)[ \t]*$/;

const plain: Meta = { kind: 'gauge', unit: '' };
const none: NamedFamily = { name: '', dotted: '', ...plain };

/**
 * Suffixes of a family's samples, the types that have them, and what they are. A number of
 * observations does not have the unit of what is observed.
 */
const parts: readonly {
  readonly suffix: string;
  readonly types: readonly string[];
  readonly kind: Series['kind'];
  readonly hasUnit: boolean;
}[] = [
  { suffix: '_total', types: ['counter'], kind: 'counter', hasUnit: true },
  { suffix: '_bucket', types: ['histogram'], kind: 'counter', hasUnit: false },
  { suffix: '_count', types: ['histogram', 'summary'], kind: 'counter', hasUnit: false },
  { suffix: '_sum', types: ['histogram', 'summary'], kind: 'counter', hasUnit: true },
  { suffix: '_gsum', types: ['gaugehistogram'], kind: 'gauge', hasUnit: true },
];

/** The families of one output. */
export class PrometheusFamilies {
  readonly #families = new Map<string, Family>();
  /** The last plain name's: most samples have the name of the sample before. */
  #last = none;

  /** Takes in a line that begins with `#`. All but TYPE and UNIT is a comment. */
  note(comment: string): void {
    const [, keyword, quoted, name = withoutEscapes(quoted ?? ''), word = ''] =
      (comment.length <= longestLine && metaLine.exec(comment)) || [];
    if (keyword === undefined) return;
    const family = this.#families.get(name) ?? { type: '', unit: '' };
    if (this.#families.size >= mostFamilies && !this.#families.has(name)) return;
    const change = keyword === 'TYPE' ? { type: word.toLowerCase() } : { unit: word };
    this.#families.set(name, { ...family, ...change });
    this.#last = none;
  }

  /** Returns what samples of this name are. */
  of(name: string): NamedFamily {
    const { kind, unit } = this.#metaOf(name);
    return { name, dotted: dottedFamily(name), kind, unit };
  }

  /** Returns what samples are whose plain name stands in a text at `start`; null: none does. */
  at(text: string, start: number): NamedFamily | null {
    const { name } = this.#last;
    const isLast = name !== '' && text.startsWith(name, start) && !isPlainCode(text.charCodeAt(start + name.length));
    if (isLast) return this.#last;
    let end = start;
    while (isPlainCode(text.charCodeAt(end))) end += 1;
    if (end === start || isDigitCode(text.charCodeAt(start))) return null;
    this.#last = this.of(text.slice(start, end));
    return this.#last;
  }

  #metaOf(name: string): Meta {
    if (this.#families.size === 0) return plain;
    const family = this.#families.get(name);
    if (family !== undefined) return { kind: family.type === 'counter' ? 'counter' : 'gauge', unit: family.unit };
    for (const { suffix, types, kind, hasUnit } of parts) {
      if (!name.endsWith(suffix)) continue;
      const whole = this.#families.get(name.slice(0, -suffix.length));
      if (whole !== undefined && types.includes(whole.type)) return { kind, unit: hasUnit ? whole.unit : '' };
    }
    return plain;
  }
}

/** Whether a character can stand in a name that is not in quotes. */
function isPlainCode(code: number): boolean {
  return isNameCode(code) || code === 58; // a colon
}

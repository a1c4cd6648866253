/**
 * The grammar of a sample's line in Prometheus' text format, and of what OpenMetrics adds to it:
 * `NAME{LABEL="VALUE",…} NUMBER TIME # {EXEMPLAR}`. A name that is not plain stands in the braces,
 * in quotes.
 *
 * A line is read once from left to right, because it can be 16 MiB long and have millions of
 * labels.
 */
import type { Label } from '../model/series.ts';
import type { BadLineExplanation } from './bad-line.ts';
import { short } from './decimal.ts';
import { type LabelSet, labelSet, withoutEscapes } from './label-sets.ts';

/** The parts of a line. `value` and `time` are words, not read yet. `time` null: none is given. */
export type SampleParts = {
  readonly family: string;
  /** Null: a label is there twice. */
  readonly labels: LabelSet | null;
  readonly value: string;
  readonly time: string | null;
};

const plainName = /[A-Za-z_:][A-Za-z0-9_:]*/y;
const plainLabel = /[A-Za-z_][A-Za-z0-9_]*/y;
const blanks = /[ \t]+/y;
const word = /[^ \t]+/y;
const exemplar = /#[ \t]*\{/y;
const untilEscape = /[^"\\]*/y;

const form = 'a line is NAME NUMBER or NAME{LABEL="VALUE"} NUMBER, with or without a time in milliseconds';
const unended: BadLineExplanation = { reason: 'bad-syntax', hint: 'a " at the end of a quoted text is missing' };

/** Divides any line that is neither blank nor a comment. Never throws, whatever the line. */
export function divideSampleLine(text: string): SampleParts | BadLineExplanation {
  return new SampleLine(text).divide();
}

/** One line, and how far it has been read. */
class SampleLine {
  readonly #text: string;
  readonly #labels: Label[] = [];
  #family = '';
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  divide(): SampleParts | BadLineExplanation {
    this.#take(blanks);
    this.#family = this.#take(plainName);
    const isParted = this.#take(blanks) !== '';
    if (this.#skip('{')) {
      const mistake = this.#takeLabels();
      if (mistake !== null) return mistake;
      this.#take(blanks);
    } else if (!isParted && this.#at < this.#text.length) return this.#badName();
    const value = this.#take(word);
    if (value === '') return { reason: 'too-few-words', hint: `the value is missing; ${form}` };
    this.#take(blanks);
    const time = this.#isAtExemplar() ? '' : this.#take(word);
    this.#take(blanks);
    if (this.#at < this.#text.length && !this.#isAtExemplar())
      return {
        reason: 'too-many-words',
        hint: `leave out what follows the ${time === '' ? 'value' : 'time'}; ${form}`,
      };
    return { family: this.#family, labels: labelSet(this.#labels), value, time: time === '' ? null : time };
  }

  /** Reads up to the closing brace. Returns what is wrong; null: nothing is. */
  #takeLabels(): BadLineExplanation | null {
    for (;;) {
      this.#take(blanks);
      if (this.#skip('}')) break;
      const mistake = this.#takeLabel();
      if (mistake !== null) return mistake;
      this.#take(blanks);
      if (this.#skip('}')) break;
      if (!this.#skip(','))
        return { reason: 'bad-syntax', hint: 'put a comma between two labels, and } behind the last one' };
    }
    return this.#family === '' ? { reason: 'bad-name', hint: `the name is missing; ${form}` } : null;
  }

  /** Reads a label, or the name if it stands among the labels. */
  #takeLabel(): BadLineExplanation | null {
    const isQuoted = this.#text[this.#at] === '"';
    const name = isQuoted ? this.#takeQuoted() : this.#take(plainLabel);
    if (name === null) return unended;
    this.#take(blanks);
    if (!this.#skip('=')) {
      if (!isQuoted || this.#family !== '') return this.#badLabel(name);
      this.#family = name;
      return null;
    }
    if (name === '' || name === '__name__') return this.#badLabel(name);
    this.#take(blanks);
    if (this.#text[this.#at] !== '"')
      return { reason: 'bad-syntax', hint: `put the value of the label ${short(name)} in double quotes` };
    const value = this.#takeQuoted();
    if (value === null) return unended;
    this.#labels.push([name, value]);
    return null;
  }

  /** Reads a text in quotes, without its escapes. Null: its end is missing. */
  #takeQuoted(): string | null {
    const start = this.#at + 1;
    let end = this.#text.indexOf('"', start);
    const isPlain = end < 0 || !this.#text.slice(start, end).includes('\\');
    if (!isPlain) end = this.#quoteAfterEscapes(start);
    if (end < 0) return null;
    this.#at = end + 1;
    const quoted = this.#text.slice(start, end);
    return isPlain ? quoted : withoutEscapes(quoted);
  }

  /** Returns where the first quote is that is not escaped; negative: there is none. */
  #quoteAfterEscapes(start: number): number {
    for (this.#at = start; this.#at < this.#text.length; this.#at += 2) {
      this.#take(untilEscape);
      if (this.#text[this.#at] === '"') return this.#at;
    }
    return -1;
  }

  #isAtExemplar(): boolean {
    exemplar.lastIndex = this.#at;
    return exemplar.test(this.#text);
  }

  #badName(): BadLineExplanation {
    const odd = short(this.#text[this.#at] ?? '');
    return {
      reason: 'bad-name',
      hint: `${odd} can't be in a name; allowed are A-Z a-z 0-9 _ : and all in quotes: {"NAME"} NUMBER`,
    };
  }

  #badLabel(name: string): BadLineExplanation {
    const label = short(name + this.#take(word));
    return { reason: 'bad-name', hint: `${label} is not a label; write LABEL="VALUE" with A-Z a-z 0-9 _ in its name` };
  }

  /** Returns what the pattern matches here, and moves behind it. Empty: it does not match. */
  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? '';
    this.#at += found.length;
    return found;
  }

  #skip(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }
}

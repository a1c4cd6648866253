import { isAbsolute } from 'node:path';
import type { Compression, CountersAs, OtlpEncoding, RemoteWriteVersion } from '../model/config.ts';
import { type FormatName, formatNames } from '../model/format.ts';
import { ok, type Result } from '../model/result.ts';
import { closest } from '../words/closest.ts';
import { visible } from '../words/visible.ts';
import type { Misfit } from './problem.ts';
import { type Kind, misfit, quote } from './values.ts';

/** A format of plugin output. */
export const format: Kind<FormatName> = {
  type: 'format',
  bounds: formatNames.join(', '),
  parse(value) {
    const found = formatNames.find((name) => name === value);
    if (found) return ok(found);
    const meant = closest(value.toLowerCase(), formatNames);
    const expected = meant === null ? `expected one of ${formatNames.join(', ')}` : `did you mean ${meant}?`;
    return misfit(`${quote(value)} is not a format`, expected);
  },
  show: (value) => value,
};

/** How counters are sent. */
export const counters = oneOf<CountersAs>('word', 'a way to send counters', ['gauge', 'increment']);

/** An encoding of OTLP. */
export const otlpEncoding = oneOf<OtlpEncoding>('encoding', 'an encoding', ['protobuf', 'json']);

/** How requests are compressed. */
export const compression = oneOf<Compression>('string', 'a compression that the agent knows', ['none', 'gzip']);

/** A version of Prometheus remote write. */
export const remoteWriteVersion = oneOf<RemoteWriteVersion>('version', 'a version of remote write', ['1.0', '2.0']);

/** One of a few words. `what` is what another one is not. */
function oneOf<Word extends string>(type: Kind<Word>['type'], what: string, allowed: readonly Word[]): Kind<Word> {
  return {
    type,
    bounds: allowed.join(', '),
    parse(value) {
      const found = allowed.find((word) => word === value);
      return found === undefined
        ? misfit(`${quote(value)} is not ${what}`, `expected ${allowed.join(' or ')}`)
        : ok(found);
    },
    show: (value) => value,
  };
}

const longestUnit = 16; // in characters

/** A unit, as it is shown behind a number: `ms`, `°C`. */
export const unit: Kind<string> = {
  type: 'string',
  bounds: `1 to ${longestUnit} characters`,
  parse: (value) =>
    value !== '' && [...value].length <= longestUnit && visible(value) === value
      ? ok(value)
      : misfit(`${quote(value)} is not a unit`, `expected 1 to ${longestUnit} visible characters, such as ms or °C`),
  show: (value) => value,
};

/** Words as in a shell, without a shell: white space between them, `'…'`, `"…"` and `\`. */
export const words: Kind<readonly string[]> = {
  type: 'words',
  bounds: 'words, in quotes where they hold white space',
  parse: splitWords,
  show: (value) => value.join(' '),
};

/** A program, by its full path, and its arguments. */
export const command: Kind<readonly [program: string, ...args: string[]]> = {
  type: words.type,
  bounds: 'the full path of a program, and its arguments',
  parse(value) {
    const split = splitWords(value);
    if (!split.ok) return split;
    const [program = '', ...args] = split.value;
    return isAbsolute(program)
      ? ok([program, ...args])
      : misfit(
          `${quote(program)} is not the full path of a program`,
          "expected one such as /usr/lib/nagios/plugins/check_load; a command of the shell is /bin/sh -c '…'",
        );
  },
  show: words.show,
};

/**
 * Splits a text at white space. In `'…'` every character stands for itself. A `\` takes the meaning
 * away from the character behind it; in `"…"` only from `"` and `\`.
 */
function splitWords(text: string): Result<readonly string[], Misfit> {
  const found: string[] = [];
  let word: string | null = null;
  for (let at = 0; at < text.length; at += 1) {
    const mark = text[at] ?? '';
    if (/\s/.test(mark)) {
      if (word !== null) found.push(word);
      word = null;
      continue;
    }
    word ??= '';
    if (mark === "'" || mark === '"') {
      const part = quotedAt(text, at);
      if (part === null)
        return misfit(`a quote is not closed: ${quote(text.slice(at))}`, `expected another ${mark} behind it`);
      word += part.value;
      at = part.end;
    } else if (mark === '\\') {
      at += 1;
      word += text[at] ?? mark;
    } else word += mark;
  }
  return ok(word === null ? found : [...found, word]);
}

/** The quoted part that begins at an index, and where its last quote is; null: it has none. */
function quotedAt(text: string, at: number): { readonly value: string; readonly end: number } | null {
  const mark = text[at];
  let value = '';
  for (let end = at + 1; end < text.length; end += 1) {
    if (text[end] === mark) return { value, end };
    if (mark === '"' && text[end] === '\\' && /["\\]/.test(text[end + 1] ?? '')) end += 1;
    value += text[end] ?? '';
  }
  return null;
}

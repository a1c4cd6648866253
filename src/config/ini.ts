import { parse } from 'ini';
import { atOnce } from '../io/walk.ts';
import type { Walk } from '../model/walk.ts';
import type { Misfit, Problem } from './problem.ts';

/** One `key = value` line. `section` is literal, dots included; `line` counts from 1. */
export type IniEntry = {
  readonly section: string;
  readonly key: string;
  readonly value: string;
  readonly file: string;
  readonly line: number;
};

/** One `[section]` line. */
type SectionLine = { readonly section: string; readonly file: string; readonly line: number };

/** The lines of a file in their order, and a problem for each line that can't be read. */
export type IniText = {
  readonly entries: readonly IniEntry[];
  readonly sections: readonly SectionLine[];
  readonly problems: readonly Problem[];
};

/** What one line of the file means. */
type IniLineMeaning =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'section'; readonly name: string; readonly misfit: Misfit | null }
  | { readonly kind: 'entry'; readonly key: string; readonly value: string }
  | ({ readonly kind: 'misfit'; readonly key: string | null } & Misfit);

/** Does all of `iniWalk` at once. */
export function parseIni(text: string, file: string): IniText {
  return atOnce(iniWalk(text, file));
}

const linesAStep = 200;

/**
 * Parses the text of an ini file. The `ini` package silently drops, cuts and renames what it does
 * not understand. So each line is checked first, and the package decodes one value at a time:
 * every line becomes a section, an entry or a problem. A section may be given twice; a key given
 * twice is a problem. Never throws. No problem repeats a value.
 */
export function* iniWalk(text: string, file: string): Walk<IniText> {
  const entries: IniEntry[] = [];
  const sections: SectionLine[] = [];
  const problems: Problem[] = [];
  const firstLines = new Map<string, number>();
  let section: string | null = null;
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/);
  for (const [index, lineText] of lines.entries()) {
    const line = index + 1;
    if (line % linesAStep === 0) yield;
    const complain = (key: string | null, { wrong, expected }: Misfit) =>
      problems.push({ where: `${file}:${line}`, key, wrong, expected });
    const read = readLine(lineText);
    if (read.kind === 'misfit') complain(read.key, read);
    if (read.kind === 'section') {
      section = read.name;
      sections.push({ section, file, line });
      if (read.misfit) complain(null, read.misfit);
    }
    if (read.kind !== 'entry') continue;
    if (section === null) {
      complain(read.key, {
        wrong: 'stands before the first section',
        expected: 'expected a line such as `[agent]` above it',
      });
      continue;
    }
    const identity = JSON.stringify([section, read.key]);
    const firstLine = firstLines.get(identity);
    if (firstLine === undefined) {
      firstLines.set(identity, line);
      entries.push({ section, key: read.key, value: read.value, file, line });
    } else {
      complain(read.key, {
        wrong: `is given twice in [${section}], on line ${firstLine} and on line ${line}`,
        expected: 'remove one of the two lines',
      });
    }
  }
  return { entries, sections, problems };
}

function readLine(text: string): IniLineMeaning {
  const trimmed = text.trim();
  if (trimmed === '' || /^[;#]/.test(trimmed)) return { kind: 'nothing' };
  if (trimmed.startsWith('[')) return readHeader(text);
  const colon = /^([\w.-]+)\s*:/.exec(trimmed);
  const equals = trimmed.indexOf('=');
  const key = trimmed.slice(0, Math.max(0, equals)).trim();
  if (/^[\w.-]+$/.test(key)) return readValue(key, trimmed.slice(equals + 1));
  // The message does not repeat the text of the line, which may be a key or a password.
  if (colon) {
    const name = colon[1] ?? '';
    return { kind: 'misfit', key: name, wrong: 'is followed by `:`', expected: `expected \`${name} = value\`` };
  }
  if (equals < 0)
    return {
      kind: 'misfit',
      key: null,
      wrong: 'this line has no `=`',
      expected: 'expected `key = value`, `[section]` or `; comment`',
    };
  return {
    kind: 'misfit',
    key: null,
    wrong: key === '' ? 'there is no key before `=`' : 'the text before `=` is not a key',
    expected: 'expected `key = value`, the key made of letters, digits, `_`, `.` and `-`',
  };
}

function readHeader(text: string): IniLineMeaning {
  const header = /^\s*\[([^\]]*)\](?:\s+[;#].*|\s*)$/s.exec(text);
  // A broken header still opens its section, so that the keys below it are not problems too.
  const name = (header?.[1] ?? /^\s*\[([^\];#]*)/.exec(text)?.[1] ?? '').trim();
  const section = (wrong: string, expected: string): IniLineMeaning => ({
    kind: 'section',
    name,
    misfit: { wrong, expected },
  });
  if (!header)
    return section(
      'this is not a section',
      'expected `[name]` alone on the line, or with a comment after a space: `[name] ; comment`',
    );
  if (name === '') return section('the section has no name', 'expected `[name]`');
  if (isUnreadable(name)) return section(...unreadableLine);
  if (/^\s/.test(text)) return section(`[${name}] is indented`, 'expected `[` at the beginning of the line');
  return { kind: 'section', name, misfit: null };
}

function readValue(key: string, text: string): IniLineMeaning {
  const misfit = (wrong: string, expected: string): IniLineMeaning => ({ kind: 'misfit', key, wrong, expected });
  const trimmed = text.trim();
  if (/^["']/.test(trimmed)) {
    const quoted = /^("(?:[^"\\]|\\.)*"|'[^']*')(.*)$/s.exec(trimmed);
    if (!quoted)
      return misfit('the closing quote is missing', 'expected the value to end with the quote it begins with');
    const [, literal = '', rest = ''] = quoted;
    if (!/^(\s+[;#].*)?$/s.test(rest))
      return misfit(
        'something follows the closing quote',
        'expected nothing more, or a comment after a space; a quote inside "…" is written \\"',
      );
    if (isUnreadable(literal)) return misfit(...unreadableLine);
    // The package reads '1e3' as a number: it gets a single-quoted value in double quotes.
    const value = iniValue(literal.startsWith("'") ? JSON.stringify(literal.slice(1, -1)) : literal);
    if (value === literal)
      // the package gives a value that it can't decode back with its quotes
      return misfit(
        'the quoted value holds a tab or an unknown escape',
        'expected \\\\ \\" \\t \\uXXXX, or single quotes, where everything is literal',
      );
    return { kind: 'entry', key, value };
  }
  const mark = commentMark(text);
  if (mark && !mark.isComment)
    return misfit(
      'the value holds `#` or `;` without white space before it',
      'quote the value, or put a space before the comment',
    );
  const kept = mark ? text.slice(0, mark.index) : text;
  if (mark && kept.trim() === '' && /^[;#][^\s;#]/.test(text.slice(mark.index)))
    return misfit(
      'the value begins with `#` or `;`, which begins a comment',
      'quote the value, or put a space after the mark if it is a comment',
    );
  if (isUnreadable(kept)) return misfit(...unreadableLine);
  return { kind: 'entry', key, value: iniValue(kept) };
}

/**
 * The first `#` or `;` without a backslash before it. It begins a comment only after white space.
 */
function commentMark(text: string): { readonly index: number; readonly isComment: boolean } | null {
  const mark = /^(?:[^\\;#]|\\.)*?([;#])/s.exec(text);
  if (!mark) return null;
  const index = mark[0].length - 1;
  return { index, isComment: /\s/.test(text.charAt(index - 1)) };
}

/** A value as the `ini` package decodes it: without quotes, escapes and outer white space. */
function iniValue(text: string): string {
  // The package turns the words true, false and null into values; String turns them back.
  return String(parse(`value=${text}`)['value']);
}

/**
 * Whether text holds control characters, line separators, which the package takes for line ends,
 * or the replacement character of bytes that are not UTF-8.
 */
export function isUnreadable(text: string): boolean {
  return /[^\P{Cc}\t]|[\u2028\u2029\uFFFD]/u.test(text);
}

/** What is wrong with an unreadable line, and what was expected. */
export const unreadableLine = [
  'this line holds a control character or bytes that are not UTF-8',
  'expected plain text in UTF-8',
] as const;

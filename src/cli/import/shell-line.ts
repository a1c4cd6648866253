import { quoted } from '../../words/shell-words.ts';

/**
 * What a command line means to a shell. `syntax`: it needs a shell, because of `what`. `unclosed`:
 * a quote in it is not closed.
 */
export type ShellLine =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'syntax'; readonly what: string }
  | { readonly kind: 'unclosed' };

/** What characters mean to a shell where they are not quoted. */
const marks: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/^\|/, 'a pipe'],
  [/^&/, '&'],
  [/^;/, ';'],
  [/^[<>]/, 'a redirection'],
  [/^[()]/, 'a subshell'],
  [/^[*?[]/, 'a pattern of file names'],
];
const substitutions: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/^`/, 'backquotes'],
  [/^\$\(/, '$(…)'],
  [/^\$[\w{@*#?$!-]/, 'a variable'],
];
const wordStarts: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/^~/, '~'],
  [/^#/, 'a comment'],
];

/** Words that only a shell understands where a command begins. */
const shellWords =
  /^([A-Za-z_]\w*=.*|!|\{|\.|:|case|cd|eval|exec|export|for|if|set|trap|ulimit|umask|unset|until|while)$/s;

/** Reads a line as a POSIX shell does, as far as it has no meaning but words. */
export function readShellLine(line: string): ShellLine {
  const split = splitLine(line, (text, isQuoted, isStart) => {
    const all = [...substitutions, ...(isQuoted ? [] : marks), ...(isStart ? wordStarts : [])];
    return all.find(([pattern]) => pattern.test(text))?.[1] ?? null;
  });
  const [first] = split.kind === 'words' ? split.words : [];
  return first !== undefined && shellWords.test(first) ? { kind: 'syntax', what: first.replace(/=.*/s, '=…') } : split;
}

/** Splits a line at white space: quotes and backslashes are those of a shell, all else is text. */
export function readQuotedWords(line: string): ShellLine {
  return splitLine(line, () => null);
}

/**
 * Whether the agent splits a line of mere words as a shell does: they differ in what a backslash
 * does within quotes, and in what white space is.
 */
export function isReadAlike(line: string): boolean {
  return !/\\|[^\S \t]/.test(line);
}

/** A line of words that are read back as these, by a shell as well as by the agent. */
export function joinWords(words: readonly string[]): string {
  return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : quoted(word))).join(' ');
}

/** `syntaxAt` returns what a text begins with that is more than a word; null: nothing. */
function splitLine(
  line: string,
  syntaxAt: (text: string, isQuoted: boolean, isStart: boolean) => string | null,
): ShellLine {
  const words: string[] = [];
  let word: string | null = null;
  let rest = line;
  let isQuoted = false; // within "…"
  while (rest !== '') {
    const what = syntaxAt(rest, isQuoted, word === null);
    if (what !== null) return { kind: 'syntax', what };
    const [{ length }, text] = pieceAt(rest, isQuoted);
    if (length === 0) return { kind: 'unclosed' };
    if (rest.startsWith('"')) isQuoted = !isQuoted;
    if (text === null && word !== null) words.push(word);
    word = text === null ? null : (word ?? '') + text;
    rest = rest.slice(length);
  }
  if (isQuoted) return { kind: 'unclosed' };
  return { kind: 'words', words: word === null ? words : [...words, word] };
}

/**
 * The piece that a text begins with, and what it adds to a word; null: it ends the word. An empty
 * piece: a quote is not closed.
 */
function pieceAt(text: string, isQuoted: boolean): readonly [piece: string, adds: string | null] {
  if (text.startsWith('"')) return ['"', ''];
  const escaped = (isQuoted ? /^\\(["\\$`])/ : /^\\(.)/s).exec(text);
  if (escaped) return [escaped[0], escaped[1] ?? ''];
  if (!isQuoted && text.startsWith("'")) {
    const literal = /^'([^']*)'/.exec(text);
    return literal ? [literal[0], literal[1] ?? ''] : ['', null];
  }
  if (!isQuoted && /^[ \t\r\n]/.test(text)) return [text.charAt(0), null];
  return [text.charAt(0), text.charAt(0)];
}

import { typeable } from './shell-words.ts';

/**
 * What keeps the system from doing what the first line of a script says, with what to type. The
 * script may have worked all the same, because `/bin/sh` runs what the system can't.
 */
export type ShebangTrouble = {
  readonly kind: 'byte-order-mark' | 'long-shebang' | 'no-shebang';
  readonly sentence: string;
  readonly commands: readonly string[];
  /** Whether `/bin/sh` runs the script because of it. */
  readonly runsInShell: boolean;
};

/** How much of a first line Linux reads, since 5.1; what is longer is cut. */
const longestLine = 255;
/** The three bytes of a byte order mark in UTF-8, as Latin-1. */
const byteOrderMark = '\u00ef\u00bb\u00bf';

const interpreters: ReadonlyMap<string, string> = new Map([
  ['py', 'python3'],
  ['rb', 'ruby'],
  ['pl', 'perl'],
  ['js', 'node'],
  ['php', 'php'],
]);

/**
 * Whether a file with this first line (Latin-1) is a program: a script with a `#!` line, perhaps
 * behind a byte order mark, or a binary.
 */
export function isProgram(firstLine: string): boolean {
  return textOf(firstLine).startsWith('#!') || firstLine.startsWith('\u007fELF');
}

/** Whether a file with this first line (Latin-1) is text without a `#!` line: `/bin/sh` runs it. */
export function isShellText(firstLine: string): boolean {
  return !firstLine.includes('\0') && !textOf(firstLine).startsWith('#!');
}

/**
 * What is wrong with a first line (Latin-1, without its end, whole or its first 256 bytes): a byte
 * order mark before it, more than the system reads, or no `#!` though the script's name ends as
 * those for another interpreter than the shell do. Null: none of these. Never throws.
 */
export function shebangTrouble(path: string, firstLine: string): ShebangTrouble | null {
  const hasMark = firstLine.startsWith(byteOrderMark);
  if (hasMark && !firstLine.includes('\0')) return marked(path, firstLine);
  if (firstLine.startsWith('#!')) return firstLine.length > longestLine ? tooLong(firstLine) : null;
  const extension = extensionOf(path);
  const added = lineToAdd(path);
  if (added === null || !isShellText(firstLine)) return null;
  const sentence = `it has no #! line, so /bin/sh runs it, though its name ends in .${extension}; add the line`;
  return { kind: 'no-shebang', sentence, commands: [added], runsInShell: true };
}

function marked(path: string, firstLine: string): ShebangTrouble {
  const hidden = textOf(firstLine).startsWith('#!');
  const effect = hidden
    ? 'the system does not see its #! line, and /bin/sh runs it'
    : '/bin/sh runs it, and takes the mark for a part of its first word';
  const added = hidden ? null : lineToAdd(path);
  return {
    kind: 'byte-order-mark',
    sentence: `it begins with a byte order mark, so ${effect}; remove the mark`,
    commands: [`sed -i '1s/^\\xEF\\xBB\\xBF//' ${typeable(path)}`, ...(added === null ? [] : [added])],
    runsInShell: true,
  };
}

function tooLong(firstLine: string): ShebangTrouble {
  const read = `its #! line is longer than the ${longestLine} bytes that Linux reads`;
  const isPathWhole = /^#![ \t]*[^ \t]+[ \t]/.test(firstLine.slice(0, longestLine + 1));
  const sentence = isPathWhole
    ? `${read}, and its arguments are cut there; shorten it`
    : `${read}, which is not all of the interpreter's path, so /bin/sh runs it; ` +
      'name a link to the interpreter with a shorter path, or #!/usr/bin/env and its name';
  return { kind: 'long-shebang', sentence, commands: [], runsInShell: !isPathWhole };
}

/** The command that adds the `#!` line which the name of a script asks for; null: none is known. */
function lineToAdd(path: string): string | null {
  const interpreter = interpreters.get(extensionOf(path));
  return interpreter === undefined ? null : `sed -i '1i #!/usr/bin/env ${interpreter}' ${typeable(path)}`;
}

function extensionOf(path: string): string {
  return /[^/]\.([^./]*)$/.exec(path)?.[1] ?? '';
}

function textOf(firstLine: string): string {
  return firstLine.startsWith(byteOrderMark) ? firstLine.slice(byteOrderMark.length) : firstLine;
}

import type { Advice, EndingKind } from '../model/advice.ts';
import { closest } from '../words/closest.ts';
import { isShellText, shebangTrouble } from '../words/shebang.ts';
import { typeable } from '../words/shell-words.ts';

/**
 * What a run that failed left to judge it by: the script's first line (Latin-1, without its end;
 * null: it can't be read any more), and the first line that the run wrote to stderr.
 */
export type RunTrace = { readonly firstLine: string | null; readonly stderr: string | null };

/** Interpreters that are meant by a name which is nearly theirs. */
const interpreters = 'python3 perl ruby node php bash sh dash ksh zsh lua awk tclsh Rscript pwsh'.split(' ');

/**
 * Why the first line of a script made its run exit with this status; null: it is not known to.
 * What `env` or an interpreter complained of counts only if stderr shows that it did.
 */
export function adviceOnFirstLine(
  status: number,
  path: string,
  { firstLine, stderr }: RunTrace,
): Advice<EndingKind> | null {
  if (firstLine === null) return null;
  const trouble = shebangTrouble(path, firstLine);
  const cause = trouble?.runsInShell ? trouble : causeInArguments(status, path, firstLine, stderr ?? '');
  if (cause === null) return null;
  const { kind, sentence, commands } = cause;
  return { kind, sentence: `it exited with status ${status}, so its output was not sent: ${sentence}`, commands };
}

/** Who ran a script without a `#!` line, in brackets behind its exit status; empty: it has one. */
export function ranByShell(firstLine: string | null): string {
  return firstLine !== null && isShellText(firstLine) ? ' (it has no #! line, so /bin/sh ran it)' : '';
}

/** The command that takes the carriage returns of Windows out of a script. */
export function withoutCarriageReturns(path: string): string {
  return `sed -i 's/\\r$//' ${typeable(path)}`;
}

function causeInArguments(status: number, path: string, firstLine: string, stderr: string): Advice<EndingKind> | null {
  const [, interpreter = '', behind = ''] = /^#![ \t]*(\S+)[ \t]+(.*?)[ \t]*$/s.exec(firstLine) ?? [];
  if (behind === '') return null;
  const isEnv = /(^|\/)env$/.test(interpreter);
  if (isEnv && status >= 125 && status <= 127 && /^\S*env: /.test(stderr)) return causeBehindEnv(status, path, behind);
  if (isEnv || status !== 2 || !behind.endsWith('\r') || !/option/i.test(stderr)) return null;
  return crlf(path, `its interpreter is given the argument '${printable(behind)}\\r'`);
}

/** Why `env` did not start what is behind it in a `#!` line. The system passes that as one word. */
function causeBehindEnv(status: number, path: string, behind: string): Advice<EndingKind> | null {
  const isSplit = /^(-v?S|--split-string)/.test(behind);
  if (behind.endsWith('\r') && !isSplit) return crlf(path, `env looks for a program '${printable(behind)}\\r'`);
  if (/[ \t]/.test(behind) && !isSplit) {
    const sentence = `env gets '${printable(behind)}' as one word, because the system does not split it; give it -S`;
    const command = `sed -i '1s/^\\(#!.*env\\)[[:blank:]]\\{1,\\}/\\1 -S /' ${typeable(path)}`;
    return { kind: 'missing-interpreter', sentence, commands: [command] };
  }
  const words = behind.replace(/^(-v?S|--split-string=?)/, '').split(/[ \t\r]+/);
  const name = words.find((word) => word !== '' && !/^-|=/.test(word)) ?? '';
  if (name === '' || status === 125) return null;
  if (status === 126) {
    const sentence = `env may not execute ${printable(name)}; make that executable, or correct the #! line`;
    return { kind: 'missing-interpreter', sentence, commands: [] };
  }
  return missingBehindEnv(path, name);
}

function missingBehindEnv(path: string, name: string): Advice<EndingKind> {
  const what = `env finds no program ${printable(name)} in PATH`;
  const meant = interpreters.includes(name) || !/^[\w.+-]+$/.test(name) ? null : closest(name, interpreters);
  const others = `install it, correct the #! line of ${typeable(path)}, or set PATH under [env]`;
  if (meant === null) return { kind: 'missing-interpreter', sentence: `${what}; ${others}`, commands: [] };
  const command = `sed -i '1s/${name.replaceAll('.', '\\.')}/${meant}/' ${typeable(path)}`;
  const sentence = `${what}; did you mean ${meant}? If not, ${others}`;
  return { kind: 'missing-interpreter', sentence, commands: [command] };
}

function crlf(path: string, effect: string): Advice<EndingKind> {
  const sentence = `its first line ends in CRLF, so ${effect}`;
  return { kind: 'crlf-interpreter', sentence, commands: [withoutCarriageReturns(path)] };
}

function printable(text: string): string {
  return text.replace(/\r$/, '').replace(/\p{Cc}/gu, '?');
}

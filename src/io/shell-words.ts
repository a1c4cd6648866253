import { signalName } from './processes.ts';

/** The shell's way to quote a word: nothing in it has a meaning any more. */
export function quoted(word: string): string {
  return word.includes("'") ? `'${word.replaceAll("'", "'\\''")}'` : `'${word}'`;
}

/** Quoted for a shell, so that a command can be typed as it stands: one line that acts on no terminal, whatever the word (but one that ends in a line feed). */
export function typeable(word: string): string {
  if (!/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(word)) return quoted(word);
  const bytes = Array.from(new TextEncoder().encode(word), (byte) => `\\${byte.toString(8).padStart(3, '0')}`);
  return `"$(printf '${bytes.join('')}')"`;
}

const longestName = 16; // of a shell, with the colon behind it
const longestMessage = 8192;

const errnoByWords: readonly (readonly [RegExp, string])[] = [
  [/not found|no such file/i, 'ENOENT'],
  [/permission denied/i, 'EACCES'],
  [/text file busy/i, 'ETXTBSY'],
  [/cannot fork|resource temporarily unavailable/i, 'EAGAIN'],
  [/too many open files in system/i, 'ENFILE'],
  [/too many open files/i, 'EMFILE'],
  [/argument list too long/i, 'E2BIG'],
  [/too many (levels of )?symbolic links/i, 'ELOOP'],
  [/exec format error/i, 'ENOEXEC'],
  [/out of space|cannot allocate memory/i, 'ENOMEM'],
  [/no space left/i, 'ENOSPC'],
  [/read-only file system/i, 'EROFS'],
  [/input\/output error/i, 'EIO'],
];

/** The errno name behind the words of a shell or of `mkfifo`; `EUNKNOWN` where they name none that we know. */
export function errnoOf(words: string): string {
  return errnoByWords.find(([pattern]) => pattern.test(words))?.[1] ?? /\bE[A-Z0-9]{2,}\b/.exec(words)?.[0] ?? 'EUNKNOWN';
}

/**
 * The reason for which a shell could not execute `path`, out of the statuses 126 and 127 and its message on standard error
 * (`/bin/sh: 1: exec: /path: not found`); null if the script ran and ended so by itself.
 */
export function execFailure(path: string, status: number, stderrHead: string): string | null {
  if (status !== 126 && status !== 127) return null;
  const message = /^\S*sh: (?:(?:line )?\d+: )?(.*)/s.exec(stderrHead)?.[1];
  const at = message?.indexOf(`${path}: `) ?? -1;
  return message === undefined || at < 0 ? null : (message.slice(at + path.length + 2).split('\n')[0] ?? '');
}

/** Whether what stands on stderr so far is a shell's message that it could not execute `path`, or may become it: its first line, and nothing behind it. */
export function mayBeExecFailure(path: string, stderrSoFar: Buffer): boolean {
  const text = stderrSoFar.toString('utf8', 0, longestMessage);
  if (text.length > longestName && !/^\S*sh: /.test(text)) return false;
  return text.includes('\n') ? execFailure(path, 127, text) !== null : stderrSoFar.length < longestMessage;
}

const signalWords: Readonly<Record<string, string>> = {
  SIGHUP: 'Hangup',
  SIGQUIT: 'Quit',
  SIGILL: 'Illegal instruction',
  SIGTRAP: 'Trace/breakpoint trap',
  SIGABRT: 'Aborted',
  SIGBUS: 'Bus error',
  SIGFPE: '(?:Floating point|Arithmetic) exception',
  SIGKILL: 'Killed',
  SIGUSR1: 'User defined signal 1',
  SIGSEGV: 'Segmentation fault',
  SIGUSR2: 'User defined signal 2',
  SIGALRM: 'Alarm clock',
  SIGTERM: 'Terminated',
  SIGSTKFLT: 'Stack fault',
  SIGXCPU: 'CPU time limit exceeded',
  SIGXFSZ: 'File size limit exceeded',
  SIGVTALRM: 'Virtual timer expired',
  SIGPROF: 'Profiling timer expired',
  SIGIO: 'I/O possible',
  SIGPWR: 'Power failure',
  SIGSYS: 'Bad system call',
};

/** The word at the end of a text with which a shell tells that this signal ended its script, with its line end; null: there is none. */
export function signalWordAt(text: string, signal: number): string | null {
  const word = signalWords[signalName(signal)];
  return word === undefined ? null : (new RegExp(`${word}(?: \\(core dumped\\))?\\n$`).exec(text)?.[0] ?? null);
}

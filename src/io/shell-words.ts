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

const signalWord =
  /(?:^|\n)(?:Hangup|Quit|Illegal instruction|Trace\/breakpoint trap|Aborted|Bus error|EMT trap|(?:Floating point|Arithmetic) exception|Killed|User defined signal [12]|Segmentation fault|Bad system call|Alarm clock|Terminated|Stack fault|(?:CPU time|File size) limit exceeded|Virtual timer expired|Profiling timer expired|I\/O possible|Power failure|Real-time signal \d+|Unknown signal \d+)(?: \(core dumped\))?\n$/;

/** Whether a text ends in a line that is a shell's word about the signal which ended its script: it goes to the script's own stderr where that is a simple command. */
export function endsInSignalWord(text: string): boolean {
  return signalWord.test(text);
}

/** Whether what stands on stderr so far is such a word and nothing else, or may become it. */
export function mayBeSignalWord(stderrSoFar: Buffer): boolean {
  if (stderrSoFar.length > 64) return false;
  const text = stderrSoFar.toString('latin1');
  return text.includes('\n') ? endsInSignalWord(text) && text.indexOf('\n') === text.length - 1 : /^[A-Z]/.test(text);
}

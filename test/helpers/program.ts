import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { watchForSecrets } from './secrets.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The built program, as a user starts it. */
const mainFile = `${root}dist/main.js`;

/** One line of the JSON log. */
export type PrintedLogEntry = Readonly<Record<string, unknown>> & { readonly event: string };

/** A running program of its own process. */
export type Agent = {
  readonly process: ChildProcess;
  readonly pid: number;
  readonly log: readonly PrintedLogEntry[];
  /** Lines on stdout that are no log: samples, help. */
  readonly printed: readonly string[];
  readonly stderr: () => string;
  /** Where it has written one of the tests' secrets on stdout or stderr; null: nowhere. */
  readonly leak: () => string | null;
  /** Waits until `holds` gives true; looked at after every output. */
  until(holds: () => boolean): Promise<void>;
  /** The first log entry of this event that fits, past or to come. */
  event(name: string, fits?: (entry: PrintedLogEntry) => boolean): Promise<PrintedLogEntry>;
  /**
   * Resolves when the program has ended and all its output was read: its status, or the signal's
   * name.
   */
  readonly exit: Promise<number | string | null>;
};

/** How a program is started. */
export type ProgramOptions = {
  readonly env?: Record<string, string>;
  readonly main?: string;
  /** The Node that it runs on; by default this process's own. */
  readonly node?: string;
  readonly cwd?: string;
  readonly extraDescriptors?: number;
  /** The words of a command that executes the words behind it, in its own process. */
  readonly through?: readonly string[];
  /** The user and group that it runs as; only root may name another one. */
  readonly uid?: number;
};

/**
 * Starts the built program, or another `main`, with these arguments and only this environment
 * beside PATH. The caller sees to its end.
 */
export function spawnProgram(
  args: readonly string[],
  {
    env = {},
    main = mainFile,
    node = process.execPath,
    cwd = root,
    extraDescriptors = 0,
    uid,
    through = [],
  }: ProgramOptions = {},
): Agent {
  const [command = '', ...words] = [...through, node, main, ...args];
  const child = spawn(command, words, {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    ...(uid === undefined ? {} : { uid, gid: uid }),
    stdio: ['ignore', 'pipe', 'pipe', ...Array<'pipe'>(extraDescriptors).fill('pipe')],
  });
  const log: PrintedLogEntry[] = [];
  const printed: string[] = [];
  const watches = { stdout: watchForSecrets(), stderr: watchForSecrets() };
  let stderr = '';
  let rest = '';
  const looks = new Set<() => void>();
  const lookAgain = () => {
    for (const look of [...looks]) look();
  };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    watches.stdout.take(text);
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.startsWith('{"')) log.push(JSON.parse(line));
      else printed.push(line);
    }
    lookAgain();
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    watches.stderr.take(text);
    stderr += text;
    lookAgain();
  });
  const exit = new Promise<number | string | null>((resolve) =>
    child.on('close', (status, signal) => resolve(signal ?? status)),
  );
  function until(holds: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (!holds()) return false;
        looks.delete(look);
        resolve();
        return true;
      };
      if (look()) return;
      looks.add(look);
      void exit.then((status) => {
        if (looks.has(look))
          reject(
            new Error(
              `the program ended (${status}) before it happened; stderr: ${stderr}; log: ${JSON.stringify(log.slice(-5))}`,
            ),
          );
      });
    });
  }
  return {
    process: child,
    pid: child.pid ?? 0,
    log,
    printed,
    stderr: () => stderr,
    leak: () => watches.stdout.found() ?? watches.stderr.found(),
    until,
    async event(name, fits = () => true) {
      const find = () => log.find((entry) => entry.event === name && fits(entry));
      await until(() => find() !== undefined);
      const found = find();
      if (!found) throw new Error(`no ${name}`);
      return found;
    },
    exit,
  };
}

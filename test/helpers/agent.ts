import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The built program, as a user starts it. */
const mainFile = `${root}dist/main.js`;

/** One line of the JSON log. */
export type LogEntry = Readonly<Record<string, unknown>> & { readonly event: string };

/** A running program of its own process. */
export type Agent = {
  readonly process: ChildProcess;
  readonly pid: number;
  readonly log: readonly LogEntry[];
  /** Lines on stdout that are no log: samples, help. */
  readonly printed: readonly string[];
  readonly stderr: () => string;
  /** Waits until `holds` gives true; looked at after every output. */
  until(holds: () => boolean): Promise<void>;
  /** The first log entry of this event that fits, past or to come. */
  event(name: string, fits?: (entry: LogEntry) => boolean): Promise<LogEntry>;
  /** Resolves when the program has ended and all its output was read: its status, or the signal's name. */
  readonly exit: Promise<number | string | null>;
};

/** Starts the built program with these arguments and only this environment beside PATH. It is ended with SIGKILL after the test, if it is still there. */
export function startProgram(
  args: readonly string[],
  {
    env = {},
    main = mainFile,
    cwd = root,
    extraDescriptors = 0,
  }: { env?: Record<string, string>; main?: string; cwd?: string; extraDescriptors?: number } = {},
): Agent {
  const child = spawn(process.execPath, [main, ...args], {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe', ...Array<'pipe'>(extraDescriptors).fill('pipe')],
  });
  const log: LogEntry[] = [];
  const printed: string[] = [];
  let stderr = '';
  let rest = '';
  const looks = new Set<() => void>();
  const lookAgain = () => {
    for (const look of [...looks]) look();
  };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.startsWith('{')) log.push(JSON.parse(line));
      else printed.push(line);
    }
    lookAgain();
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    lookAgain();
  });
  const exit = new Promise<number | string | null>((resolve) => child.on('close', (status, signal) => resolve(signal ?? status)));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exit;
  });
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
          reject(new Error(`the program ended (${status}) before it happened; stderr: ${stderr}; log: ${JSON.stringify(log.slice(-5))}`));
      });
    });
  }
  return {
    process: child,
    pid: child.pid ?? 0,
    log,
    printed,
    stderr: () => stderr,
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

/** Runs the program to its end. */
export async function runToEnd(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ status: number | string | null; stdout: string; stderr: string }> {
  const program = startProgram(args, { env });
  const status = await program.exit;
  return {
    status,
    stdout: [...program.printed, ...program.log.map((entry) => JSON.stringify(entry))].join('\n'),
    stderr: program.stderr(),
  };
}

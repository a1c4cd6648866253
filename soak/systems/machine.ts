import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { pause } from '../agent.ts';

/** How a command in a machine ended, and what it printed on stdout and stderr. */
export type Ran = { readonly status: number | null; readonly output: string };

/** A command that runs in the background of a machine. */
export type Background = {
  readonly process: ChildProcess;
  /** What it has printed so far, on stdout and stderr. */
  printed(): string;
  readonly exit: Promise<number | null>;
};

/**
 * A throw-away machine with the files of a tree, in namespaces of its own. Its network is a
 * loopback that this machine does not share.
 */
export type TreeMachine = {
  /** Where its files are for this machine. */
  readonly root: string;
  /** Its process 1, by this machine's number, and what that has printed. */
  readonly pid: number;
  readonly first: Background;
  /** Runs a shell script as root, and returns its output. Throws if its status is not 0. */
  run(script: string): Promise<string>;
  /** Runs a shell script as root, whatever its status. */
  attempt(script: string): Promise<Ran>;
  start(script: string): Background;
  /** Ends it, with all that runs in it. */
  close(): Promise<void>;
};

/** How a machine begins, as shell scripts: what is prepared as root, and what process 1 becomes. */
export type Boot = { readonly prepare?: string; readonly first?: string; readonly isReadOnly?: boolean };

const script = fileURLToPath(new URL('machine.sh', import.meta.url));
const collectsChildren = 'while :; do sleep 1; done';

/** Starts a machine with the files of `tree`, and waits until process 1 is what it is to be. */
export async function startTreeMachine(
  tree: string,
  { prepare = ':', first = collectsChildren, isReadOnly = false }: Boot = {},
): Promise<TreeMachine> {
  const outer = background('sh', [script, tree, isReadOnly ? 'ro' : 'rw', prepare, first]);
  await eventually(`a machine on ${tree}`, async () => {
    if (outer.process.exitCode !== null) throw new Error(`no machine on ${tree}: ${outer.printed()}`);
    return /^ready$/m.test(outer.printed());
  });
  const pid = Number(execFileSync('ps', ['-o', 'pid=', '--ppid', String(outer.process.pid)], { encoding: 'utf8' }));
  const namespaces = ['--target', String(pid), '--mount', '--pid', '--uts', '--ipc', '--net', '--root', '--wd'];
  const words = (text: string) => [...namespaces, 'sh', '-ec', `exec 2>&1 </dev/null\n${text}`];
  const env = {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    DEBIAN_FRONTEND: 'noninteractive',
    HOME: '/root',
    LC_ALL: 'C.UTF-8',
  };
  const attempt = (text: string) =>
    new Promise<Ran>((resolve) => {
      const options = { env, maxBuffer: 2 ** 26 };
      const command = execFile('nsenter', words(text), options, (_, stdout) =>
        resolve({ status: command.exitCode, output: stdout.replace(/\n$/, '') }),
      );
    });
  return {
    root: `/proc/${pid}/root`,
    pid,
    first: outer,
    attempt,
    async run(text) {
      const { status, output } = await attempt(text);
      if (status !== 0) throw new Error(`${text}\nended with ${status}:\n${output}`);
      return output;
    },
    start: (text) => background('nsenter', words(text), env),
    async close() {
      if (outer.process.exitCode === null) process.kill(pid, 'SIGKILL'); // all others in it end with its process 1
      await outer.exit;
    },
  };
}

function background(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Background {
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (more: string) => {
      text += more;
    });
  const exit = new Promise<number | null>((resolve) => child.on('close', (status) => resolve(status)));
  return { process: child, printed: () => text, exit };
}

/** Waits until something holds, for five minutes at most. Throws, with its name, after that. */
export async function eventually(what: string, holds: () => Promise<boolean>): Promise<void> {
  const endsAtMs = performance.now() + 300_000;
  while (!(await holds())) {
    if (performance.now() > endsAtMs) throw new Error(`not within five minutes: ${what}`);
    await pause(0.1);
  }
}

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { pidsMarked } from './processes.ts';
import { type PrintedLogEntry, spawnProgram } from './program.ts';
import { type Home, makeHome } from './test-daemon.ts';
import { moment } from './turns.ts';

/** An agent that was started in the background, and what it says there. */
export type Background = Home & {
  /** What every process of this test has in its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs a command to its end, with `--state-dir` before the words. */
  run(
    ...words: readonly string[]
  ): Promise<{ readonly status: number | string | null; readonly stdout: string; readonly stderr: string }>;
  /** The process id that the pid file names; 0: there is no such file. */
  pid(path?: string): number;
  /** The log's entries up to now. */
  log(path?: string): readonly PrintedLogEntry[];
  /** All processes that stem from the commands of this test: agents, shells, plugins. */
  processes(): readonly number[];
};

let count = 0;

/**
 * A home without an agent. Whatever its commands have started is ended with SIGKILL when the test
 * is over.
 */
export function background(env: Readonly<Record<string, string>> = {}, home: Home = makeHome()): Background {
  count += 1;
  const mark = `INSTRUMENT_TEST_MARK=${process.pid}-${count}`;
  const [name = '', value = ''] = mark.split('=');
  const own = { [name]: value };
  onTestFinished(async () => {
    for (const pid of pidsMarked(mark, home.state)) end(pid);
    while (pidsMarked(mark, home.state).length > 0) await moment();
  });
  return {
    ...home,
    env: own,
    async run(...words) {
      const program = spawnProgram(['--state-dir', home.state, ...words], {
        env: { HOME: home.state, ...own, ...env },
      });
      const status = await program.exit;
      const leak = program.leak();
      if (leak !== null) throw new Error(`a secret was printed: ${leak}`);
      return { status, stdout: program.printed.join('\n'), stderr: program.stderr() };
    },
    pid: (path = join(home.state, 'instrument_server.pid')) =>
      existsSync(path) ? Number.parseInt(readFileSync(path, 'utf8'), 10) : 0,
    log: (path = join(home.state, 'instrument_server.log')) =>
      readFileSync(path, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
    processes: () => pidsMarked(mark, home.state),
  };
}

function end(pid: number) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has ended meanwhile
  }
}

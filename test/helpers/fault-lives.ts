import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.ts';
import { installPlugin } from './install-plugin.ts';
import { type Agent, spawnProgram } from './program.ts';
import { secrets } from './secrets.ts';

const impatientAgent = fileURLToPath(new URL('../e2e/impatient-agent.ts', import.meta.url));

/** How many numbers a run of fixtures/plugins/counts-on prints. */
export const linesPerRun = 200;

/**
 * A run that ended so long before a `kill -9` is committed. The agent promises 100 ms; a busy
 * machine may stretch that.
 */
const surelyCommittedMs = 500;

/** An agent that is killed and started again on one home. */
export type AgentLives = {
  start(): void;
  /** SIGKILL, at once. */
  kill(): void;
  /** Resolves when the one that runs has ended. */
  gone(): Promise<unknown>;
  /** Throws where the agent has ended by itself. */
  mustLive(): void;
  pid(): number;
  readonly killedPids: readonly number[];
  /** How many batches it was given back, in all its lives. */
  returned(): number;
  /** Stops it in order, and gives what was not in order about that. */
  stop(): Promise<readonly string[]>;
  /**
   * What is wrong about the lives themselves: a secret that was printed, or a run that was run
   * again though it was long over at a kill.
   */
  problems(): readonly string[];
};

/**
 * An agent in `dir`, not started yet, with the plugin `counts-on` and a collector at `address`.
 */
export function livesOfAgent(dir: string, address: string, onCleanup: (fn: () => Promise<void>) => void): AgentLives {
  const [scripts, state, runs] = [join(dir, 'scripts'), join(dir, 'state'), join(dir, 'runs')];
  mkdirSync(scripts, { mode: 0o700 });
  installPlugin(scripts, 'counts-on');
  writeFileSync(runs, '');
  const main = bundle(impatientAgent, dir);
  const file = join(dir, 'agent.ini');
  const lines = [
    '[agent]',
    'host_metrics = false',
    '[collector]',
    `address = ${address}`,
    `api_key = ${secrets.apiKey}`,
    'tls_verify = false',
  ];
  writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 });
  const args = ['-f', file, '-e', '-s', scripts, '--state-dir', state, '-r', '1', '-H', 'h', '--debug'];
  const lives: { readonly program: Agent; readonly firstRun: number; killedMs: number | null }[] = [];
  const killedPids: number[] = [];
  const current = () => {
    const life = lives.at(-1);
    if (!life) throw new Error('no agent was started');
    return life;
  };
  const beginnings = () => readFileSync(runs, 'utf8').split('\n').slice(0, -1).map(Number);
  return {
    killedPids,
    pid: () => current().program.pid,
    start() {
      const env = { HOME: dir, RUNS_FILE: runs };
      const program = spawnProgram(args, { main, env });
      lives.push({ program, firstRun: beginnings().length, killedMs: null });
      onCleanup(async () => {
        program.process.kill('SIGKILL');
        await program.exit;
      });
    },
    kill() {
      const life = current();
      life.killedMs = Date.now();
      life.program.process.kill('SIGKILL');
      killedPids.push(life.program.pid);
    },
    mustLive() {
      const { program, killedMs } = current();
      const { exitCode, signalCode } = program.process;
      if (killedMs === null && (exitCode !== null || signalCode !== null))
        throw new Error(
          `the agent ended with ${exitCode ?? signalCode}: ${program.stderr()} ${JSON.stringify(program.log.slice(-5))}`,
        );
    },
    gone: () => current().program.exit,
    returned: () =>
      lives.reduce((sum, { program }) => sum + program.log.filter(({ event }) => event === 'batch.returned').length, 0),
    async stop() {
      const { program } = current();
      program.process.kill('SIGTERM');
      const status = await program.exit;
      const stopped = program.log.at(-1);
      const isClean = status === 0 && stopped?.event === 'daemon.stopped' && stopped['samplesLeft'] === 0;
      return isClean ? [] : [`the agent ended with ${status}: ${JSON.stringify(stopped)} ${program.stderr()}`];
    },
    problems() {
      const began = beginnings();
      return lives.flatMap(({ program, firstRun, killedMs }, index) => {
        const leak = program.leak();
        const found = leak === null ? [] : [`a secret on stdout or stderr: ${leak}`];
        if (killedMs === null) return found;
        // Runs that a life ended long enough before its end are not run again: the next one begins
        // behind them.
        const committed = program.log.filter(
          (entry) =>
            entry.event === 'run.finished' && Date.parse(String(entry['time'])) <= killedMs - surelyCommittedMs,
        ).length;
        const next = began[lives[index + 1]?.firstRun ?? began.length];
        const least = (began[firstRun] ?? 0) + committed * linesPerRun;
        if (next !== undefined && next < least)
          found.push(`a life that had come to ${least} was followed by one that began at ${next}`);
        return found;
      });
    },
  };
}

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writePlugin } from './install-plugin.ts';
import { spawnProgram } from './program.ts';
import { moment } from './turns.ts';

/** What came of agents that were killed while runs were in flight. */
export type KillVerdict = {
  readonly rounds: number;
  /** Runs that began, over all rounds. */
  readonly runs: number;
  /** Runs that a next agent found in flight. */
  readonly survived: number;
  /** A line for each run that began while another one of its plugin was in flight. */
  readonly doubled: readonly string[];
};

/** What a script does after it has taken its lock; each is hard to recognise in another way. */
const bodies = {
  plain: (end: string) => end,
  execs: (end: string) => `exec /bin/sh -c '${end}'`,
  silent: (end: string) => `exec >/dev/null 2>&1\n${end}`,
  'execs-silent': (end: string) => `exec >/dev/null 2>&1\nexec /bin/sh -c '${end}'`,
} as const;

/**
 * Starts an agent again and again on one home, and ends each with SIGKILL between 0 and 250 ms
 * after a tick began. Each script takes a lock by `mkdir`, notes it if another run has that lock,
 * and gives it back at its end, some seconds later. `at` gives numbers from 0 up to 1.
 */
export async function killRounds(
  dir: string,
  { rounds, plugins, at }: { rounds: number; plugins: number; at: () => number },
): Promise<KillVerdict> {
  const [scripts, state, locks] = [join(dir, 'scripts'), join(dir, 'state'), join(dir, 'locks')];
  for (const made of [scripts, locks]) mkdirSync(made, { mode: 0o700 });
  const doubledFile = join(dir, 'doubled');
  const begunFile = join(dir, 'begun');
  const kinds = Object.entries(bodies);
  for (let number = 0; number < plugins; number += 1) {
    const [kind, body] = kinds[number % kinds.length] ?? ['plain', bodies.plain];
    const name = `${kind}-${number}`;
    const lock = join(locks, name);
    const end = `sleep ${3 + (Math.floor(number / 4) % 4) * 0.7}; rmdir "${lock}"; echo "a 1"`;
    const begin = `mkdir "${lock}" || { echo "${name} $$" >> "${doubledFile}"; exit 1; }\necho "${name}" >> "${begunFile}"`;
    writePlugin(scripts, name, `#!/bin/sh\n${begin}\n${body(end)}\n`);
  }
  writeFileSync(join(dir, 'a.ini'), '[agent]\nmax_concurrency = 64\n');
  let survived = 0;
  const flags = ['-e', '-H', 'h', '-r', '1', '-s', scripts, '--state-dir', state, '--debug', '-f', join(dir, 'a.ini')];
  for (let round = 0; round < rounds; round += 1) {
    const agent = spawnProgram(flags, { env: { HOME: state } });
    await agent.event('tick.started');
    const endMs = performance.now() + at() * 250;
    while (performance.now() < endMs) await moment();
    agent.process.kill('SIGKILL');
    await agent.exit;
    survived += agent.log.filter(({ event }) => event === 'run.survived').length;
  }
  while (readdirSync(locks).length > 0) await moment();
  return { rounds, runs: lines(begunFile).length, survived, doubled: lines(doubledFile) };
}

function lines(path: string): readonly string[] {
  return existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n') : [];
}

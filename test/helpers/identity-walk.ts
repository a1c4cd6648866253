import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { randomNumbers } from './fault-plan.ts';
import { writePlugin } from './install-plugin.ts';
import { pidsMarked } from './processes.ts';
import { spawnProgram } from './program.ts';
import { removeInUse } from './remove-in-use.ts';
import { moment } from './turns.ts';

/** What a round of the walk can do to an agent. */
const actions = [
  'start',
  'stop',
  'restart',
  'kill',
  'kill -9',
  'remove pid file',
  'remove socket',
  'remove state directory',
  'clean',
  'wait for the next tick',
] as const;
type Action = (typeof actions)[number];

/** What a walk found. `problems` is empty if all held. */
export type WalkReport = { readonly actions: readonly string[]; readonly runs: number; readonly problems: string[] };

type Answer = { readonly status: number | string | null; readonly text: string };

/**
 * The script of the walk. It takes two thirds of a second, writes a line when it begins, and one
 * when another run of it is under way.
 */
const script = (dir: string) =>
  `#!/bin/sh\nif mkdir '${dir}/running' 2>/dev/null; then echo ran >> '${dir}/runs'; else echo doubled >> '${dir}/doubled'; exit; fi\n` +
  `sleep 0.6\nrmdir '${dir}/running'\necho "x 1"\n`;

/**
 * Does `rounds` things at random to an agent with one plugin, at one tick a second, and asks all
 * commands after each whether an agent runs: they must agree, there must never be two agents, and
 * the plugin must never run twice at a time. `mark` is a variable that all processes of the walk
 * have in their environment. The same seed does the same things.
 */
export async function walkIdentity(seed: number, rounds: number, dir: string, mark: string): Promise<WalkReport> {
  const [scripts, state] = [join(dir, 'scripts'), join(dir, 'state')];
  mkdirSync(scripts, { mode: 0o700 });
  writePlugin(scripts, 'counted.sh', script(dir));
  const report: WalkReport & { actions: string[]; runs: number } = { actions: [], runs: 0, problems: [] };
  const [name = '', value = ''] = mark.split('=');
  const flags = ['--state-dir', state, '-e', '-s', scripts, '-r', '1', '-c', 'tcp://127.0.0.1:1', '-k', 'walk'];
  const random = randomNumbers(seed);

  async function run(...words: readonly string[]): Promise<Answer> {
    const program = spawnProgram([...flags, ...words], { env: { HOME: dir, [name]: value } });
    const status = await program.exit;
    return { status, text: `${program.printed.join('\n')}\n${program.stderr()}`.trim() };
  }

  /** The agents that run: processes that lead a session and are not the plugin's. */
  const agents = () => pidsMarked(mark, state).filter(isAgent);

  async function act(action: Action): Promise<Answer | null> {
    switch (action) {
      case 'kill -9':
        for (const pid of agents()) process.kill(pid, 'SIGKILL');
        while (agents().length > 0) await moment();
        return null;
      case 'remove pid file':
        removeInUse(join(state, 'instrument_server.pid'));
        return null;
      case 'remove socket':
        removeInUse(join(state, 'control.sock'));
        return null;
      case 'remove state directory':
        removeInUse(state);
        return null;
      case 'wait for the next tick':
        while (
          agents().length > 0 &&
          !['instrument_server.pid', 'control.sock'].every((file) => existsSync(join(state, file)))
        )
          await moment();
        return null;
      default:
        return run(action);
    }
  }

  for (let round = 1; round <= rounds; round += 1) {
    const action = actions[Math.floor(random() * actions.length)] ?? 'start';
    const before = agents();
    const answer = await act(action);
    const after = agents();
    report.actions.push(action);
    const said = (problem: string) =>
      report.problems.push(`seed ${seed}, round ${round}, ${action} (${answer?.text ?? ''}): ${problem}`);
    if (after.length > 1) said(`${after.length} agents run: ${after.join(' ')}`);
    for (const problem of wrongOutcome(action, before, after, answer)) said(problem);
    const [pid = null] = after;
    const answers = { status: await run('status'), start: pid === null ? null : await run('start') };
    const asked = {
      ...answers,
      clean: pid === null ? null : await run('clean'),
      stop: pid === null ? await run('stop') : null,
    };
    for (const [command, given] of Object.entries(asked))
      if (given !== null && !agrees(command, given, pid))
        said(`${command} says ${given.status}: ${given.text}; agents: ${pid}`);
    if (existsSync(join(dir, 'doubled'))) said('the plugin ran twice at a time');
    rmSync(join(dir, 'doubled'), { force: true });
  }
  await run('stop');
  if (agents().length > 0) report.problems.push(`seed ${seed}: stop left ${agents().join(' ')}`);
  report.runs = existsSync(join(dir, 'runs')) ? readFileSync(join(dir, 'runs'), 'utf8').split('\n').length - 1 : 0;
  return report;
}

function wrongOutcome(
  action: Action,
  before: readonly number[],
  after: readonly number[],
  answer: Answer | null,
): readonly string[] {
  const [was = null] = before;
  const [is = null] = after;
  const wanted = (status: number) => (answer?.status === status ? [] : [`exit status ${answer?.status}`]);
  switch (action) {
    case 'start':
      return is === null || (was !== null && is !== was)
        ? ['no agent, or another one, runs']
        : wanted(was === null ? 0 : 1);
    case 'restart':
      return is === null || is === was ? ['no new agent runs'] : wanted(0);
    case 'stop':
    case 'kill':
      return is !== null ? ['the agent is still running'] : wanted(0);
    case 'clean':
      return is !== was ? ['the agent is gone'] : wanted(was === null ? 0 : 1);
    case 'kill -9':
      return is !== null ? ['an agent is running'] : [];
    default:
      return is !== was ? [`the agent was ${was} and is ${is}`] : [];
  }
}

/** Whether an answer says what is true: that this agent runs, or that none does. */
function agrees(command: string, { status, text }: Answer, pid: number | null): boolean {
  if (pid === null) return command === 'status' ? status === 3 : status === 0 && text === 'not running';
  return new RegExp(`\\bpid ${pid}\\b`).test(text) && (command !== 'status' || status === 0 || status === 1);
}

/** Whether a process is an agent in the background: no command, and no script. */
function isAgent(pid: number): boolean {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'latin1');
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [, , , session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(session) === pid && /^instrument_server|\(detached\)/.test(words);
  } catch {
    return false;
  }
}

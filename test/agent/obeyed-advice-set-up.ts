import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { ReasonKind } from '../../src/model/advice.ts';
import type { Config } from '../../src/model/config.ts';
import { ownCommands } from '../../src/words/own-command.ts';
import { writePlugin } from '../helpers/install-plugin.ts';
import { type Home, makeHome, type TestDaemon, testDaemon } from '../helpers/test-daemon.ts';
import { plugin, until } from './reasons-set-up.ts';

/** Reasons that are tested in `obeyed-advice-of-files.test.ts`. */
export type FileKind =
  | 'directory-suspended'
  | 'not-a-script'
  | 'wrong-mode'
  | 'not-executable'
  | 'wrong-owner'
  | 'exposed-folder'
  | 'group-writable'
  | 'unreadable'
  | 'name-collision'
  | 'host-collision';

/** Reasons that are tested in `obeyed-advice-of-first-lines.test.ts`. */
export type FirstLineKind =
  | 'missing-interpreter'
  | 'crlf-interpreter'
  | 'byte-order-mark'
  | 'long-shebang'
  | 'no-shebang';

/** Reasons that are tested in `obeyed-advice-of-starts.test.ts`. */
export type StartKind = 'being-written' | 'not-started' | 'signal' | 'ending-unknown' | 'disabled' | 'not-due';

/** Reasons that are tested in `obeyed-advice-of-output.test.ts`. */
export type OutputKind =
  | 'exit-status'
  | 'empty-output'
  | 'no-line-end'
  | 'only-bad-lines'
  | 'decimal-comma'
  | 'some-bad-lines'
  | 'output-cut'
  | 'output-lost';

/** Reasons that are tested in `obeyed-advice-of-sinks.test.ts`. */
export type SinkKind = 'collector-away' | 'key-refused' | 'sink-away' | 'sink-refused' | 'samples-refused' | 'no-sink';

/** Reasons that are tested in `obeyed-advice-of-bounds.test.ts`. */
export type BoundKind = 'too-many-samples' | 'too-many-names' | 'stderr-cut';

/**
 * All others, tested in `obeyed-advice-of-runs.test.ts`. A new kind has no test there, and so does
 * not compile.
 */
export type RunKind = Exclude<ReasonKind, FileKind | FirstLineKind | StartKind | OutputKind | SinkKind | BoundKind>;

/** One way in which a reason comes about, and is obeyed until the plugin reports. */
export type Story = {
  /** Completes "KIND: …". */
  readonly how: string;
  /** Why it can't be tested here; absent: it can. */
  readonly leftOut?: string | false;
  readonly act: (kind: ReasonKind) => Promise<void>;
};

/** What a printed command is expected to do when it is typed. */
export type Typed = { readonly begins: string; readonly exits: number; readonly shows?: RegExp };

/** How a reason is obeyed. */
export type Obedience = {
  /** One for each command that is printed, in that order; an alternative may be left out. */
  readonly commands: readonly (Typed | 'another choice')[];
  /** What the sentence tells a person to do; null: the commands do all. */
  readonly says: RegExp | null;
  /** Does that. */
  readonly byHand?: () => unknown;
};

/** A test for each story. */
export function testStories<Kind extends ReasonKind>(table: Readonly<Record<Kind, readonly Story[]>>): void {
  for (const kind in table)
    for (const { how, leftOut, act } of table[kind])
      test.skipIf(leftOut)(`${kind}: ${how}${leftOut ? ` (left out: ${leftOut})` : ''}`, () => act(kind));
}

/** An agent whose own commands carry the flags that lead to it. */
export function agentOf(
  home: Home,
  change: Partial<Config> = {},
  env: Record<string, string> = {},
  others: Parameters<typeof testDaemon>[3] = {},
): TestDaemon {
  const commands = ownCommands({
    program: ['instrument_server'],
    stateDir: ['--state-dir', home.state],
    configuration: ['-f', configurationOf(home)],
    configFile: '/etc/instrument_server.ini',
    isWhole: true,
  });
  return testDaemon(home, change, env, { ...others, commands });
}

/** The configuration file that an agent's own commands name. */
export function configurationOf({ state }: Home): string {
  return join(state, '..', 'agent.conf');
}

/** Does what the reason of this kind says, to the letter. */
export async function obey(
  { home, agent, file, kind }: { home: Home; agent: TestDaemon; file: string; kind: ReasonKind },
  { commands, says, byHand }: Obedience,
): Promise<void> {
  const reason = reasonOf(agent, file, kind);
  if (says) expect(reason.sentence).toMatch(says);
  else expect(reason.commands).not.toEqual([]);
  expect(reason.commands).toHaveLength(commands.length);
  for (const [index, command] of reason.commands.entries()) {
    const expected = commands[index] ?? 'another choice';
    if (expected === 'another choice') continue;
    const { status, stdout, stderr } = await type(home, command);
    expect(command.slice(0, expected.begins.length)).toBe(expected.begins);
    expect({ command, status, stderr }).toEqual({ command, status: expected.exits, stderr });
    if (expected.shows) expect(stdout + stderr).toMatch(expected.shows);
  }
  await byHand?.();
}

/** What is said for this kind, of the plugin, or of the directory that has none. */
function reasonOf(agent: TestDaemon, file: string, kind: ReasonKind) {
  const { plugins, advice } = agent.plugin(file);
  const said = plugins.length === 0 && advice ? [advice] : plugins.flatMap(({ reasons }) => reasons);
  const found = said.find((reason) => reason.kind === kind);
  if (!found) throw new Error(`${file} has no reason ${kind}, but ${JSON.stringify(said)}`);
  return found;
}

/** At the next tick that it is due the plugin reports all it has, and its samples arrive. */
export async function expectReport(agent: TestDaemon, file: string): Promise<void> {
  const before = agent.samples.length;
  const dueInMs = () =>
    (agent.status().plugins.find((one) => one.file === file)?.nextDueAtS ?? 0) * 1000 - agent.clock.nowMs();
  while (dueInMs() > 60_000) agent.tick();
  await agent.tickAndFinish(file);
  const { state, reasons, lastRun, name } = plugin(agent, file);
  expect({ state, reasons, samples: lastRun?.samples }).toEqual({
    state: 'ok',
    reasons: [],
    samples: expect.toSatisfy((count) => count > 0),
  });
  await until(agent, () => agent.samples.slice(before).some((line) => line.startsWith(`testhost.${name}.`)));
}

/** A script that is run once. Its advice is obeyed, and then it reports. */
export function script(
  how: string,
  {
    file = 'x.sh',
    body,
    obeyed,
  }: {
    file?: string;
    body: string | ((home: Home) => string);
    obeyed: (path: string, home: Home, agent: TestDaemon) => Obedience;
  },
): Story {
  return {
    how,
    act: async (kind) => {
      const home = makeHome();
      const path = writePlugin(home.scripts, file, typeof body === 'string' ? body : body(home));
      const agent = agentOf(home);
      await agent.tickAndFinish(file);
      await obey({ home, agent, file, kind }, obeyed(path, home, agent));
      await expectReport(agent, file);
    },
  };
}

/** A good script and an agent with this configuration, which `begin` brings into trouble. */
export function oneScript(
  how: string,
  change: (home: Home) => Partial<Config>,
  begin: (path: string, agent: TestDaemon) => unknown,
  obeyed: (agent: TestDaemon, kind: ReasonKind) => Obedience,
): Story {
  return {
    how,
    act: async (kind) => {
      const home = makeHome();
      const path = writePlugin(home.scripts, 'x.sh', '#!/bin/sh\necho "a 1"\n');
      const agent = agentOf(home, change(home));
      await begin(path, agent);
      await obey({ home, agent, file: 'x.sh', kind }, obeyed(agent, kind));
      await expectReport(agent, 'x.sh');
    },
  };
}

/** Types a command into a shell, as the agent's user who has this program on the PATH. */
function type(home: Home, command: string) {
  const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
  if (!existsSync(main)) throw new Error('npm run build comes first: the advice has commands of the program itself');
  const bin = join(home.state, '..', 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'instrument_server'), `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`, {
    mode: 0o700,
  });
  const env = { PATH: `${bin}:${process.env['PATH']}`, HOME: join(home.state, '..') };
  return new Promise<{ status: number; stdout: string; stderr: string }>((resolve) => {
    execFile('/bin/sh', ['-c', command], { cwd: '/', env }, (error, stdout, stderr) =>
      resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

import { basename, dirname } from 'node:path';
import { type FileFacts, type Files, makeTemporaryFolder } from '../io/disk/files.ts';
import { type OutputFiles, openOutputFiles } from '../io/disk/output-files.ts';
import type { Edges } from '../io/edges.ts';
import { messageOf } from '../io/errors.ts';
import { fifoFolder } from '../io/process/fifo/fifo-folder.ts';
import type { Launcher } from '../io/process/launch/launcher.ts';
import { createLauncher } from '../io/process/launch/launchers.ts';
import type { Advice } from '../model/advice.ts';
import type { Config } from '../model/config.ts';
import type { FormatName } from '../model/format.ts';
import { type Plugin, pluginFile, pluginName } from '../model/plugin.ts';
import type { RecordedRun } from '../model/run.ts';
import type { PreviousRun, TrialEvent } from '../model/trial.ts';
import { checkerOf } from '../plugins/permissions.ts';
import { adviceOnScript } from '../plugins/rejection-advice.ts';
import { judgeScriptOnWay, wayToTarget } from '../plugins/way.ts';
import { sharedEnvironment, workingDirectory } from '../runner/invocation.ts';
import { OutputMemory } from '../runner/output-memory.ts';
import { keepPrevious } from '../runner/previous.ts';
import type { StartedRun } from '../scheduler/scheduler-deps.ts';
import { recordedRunsIn } from '../store/state-directory.ts';
import { type OwnProgram, ownCommands, shellLine } from '../words/own-command.ts';
import { typeable } from '../words/shell-words.ts';
import { userText } from '../words/user-text.ts';
import { formerRuns } from './leftover-runs.ts';
import { muninStateFolder } from './munin-environment.ts';
import { beginTrial } from './trials.ts';

/**
 * Runs scripts without an agent: in their own folders, with this process's user, limits and
 * environment.
 */
export type LocalTrials = {
  /** What the permission check says of a script, with what to type; null: it would be accepted. */
  rejection(path: string): Advice | null;
  /**
   * Why this process does not run a script at all, with what to type: it belongs to another user,
   * or is not executable. Null: it runs it.
   */
  hindrance(path: string): Advice | null;
  /**
   * A run that an agent began and that is still running, though the agent may be gone; null: none
   * is known.
   */
  leftBehind(file: string): RecordedRun | null;
  /**
   * One run; gives null once its last event was reported, or why there was none. `script` is an
   * absolute path, or a plugin of the configuration; `hostname` begins the metric names; `previous`
   * null: there was no run before; `format` null: that of its settings. Never rejects.
   */
  run(
    script: string | Plugin,
    hostname: string,
    previous: PreviousRun | null,
    report: (event: TrialEvent) => void,
    format: FormatName | null,
  ): Promise<string | null>;
  /** The ids of the processes that are running now. */
  running(): readonly number[];
  /** Removes FIFOs and outputs. Running scripts are left alone. */
  close(): Promise<void>;
};

/**
 * Makes a private folder for pipes and outputs at the first run. `own` is how this program is
 * typed.
 */
export function createLocalTrials(config: Config, edges: Edges, own: OwnProgram): LocalTrials {
  const { machine, files, platform } = edges;
  const launchers = new Map<string, Launcher>();
  const running = new Set<StartedRun>();
  const memory = new OutputMemory();
  const commands = ownCommands(own);
  let made: { readonly folder: ReturnType<typeof makeTemporaryFolder>; readonly outputs: OutputFiles } | null = null;

  /** The private folder and the outputs in it, made at the first run. */
  function madeFolder() {
    if (made !== null) return made;
    const folder = makeTemporaryFolder('instrument_server-');
    made = { folder, outputs: openOutputFiles(`${folder.path}/outputs`, 'trial') };
    return made;
  }

  function launcherIn(cwd: string, pipeDir: string): Launcher {
    const existing = launchers.get(cwd);
    if (existing) return existing;
    const context = { cwd, env: sharedEnvironment(edges.env, config), maxIdle: 1 };
    const opened = createLauncher(platform, { ...context, pipeDir, clock: edges.clock });
    launchers.set(cwd, opened);
    return opened;
  }

  async function begin(
    script: string | Plugin,
    hostname: string,
    previous: PreviousRun | null,
    report: (event: TrialEvent) => void,
    format: FormatName | null,
  ): Promise<void> {
    const { folder, outputs } = madeFolder();
    const plugin = typeof script === 'string' ? pluginAt(script) : script;
    const launcher = launcherIn(workingDirectory(plugin) ?? dirname(plugin.path), `${folder.path}/pipes`);
    const kept = previous === null ? { lastRun: null, stdinPath: null, remove() {} } : keepPrevious(previous, outputs);
    const word = typeof script === 'string' ? script : script.file;
    const trial = { plugin, script: word, format, previous: kept, muninFolder: muninStateFolder(folder.path) };
    const deps = { edges, launcher, outputs, memory, config: { ...config, hostname }, commands };
    const run = beginTrial(deps, { ...trial, mayRun: () => true }, report);
    running.add(run);
    await run.ended;
    running.delete(run);
  }

  return {
    rejection(path) {
      const checker = checkerOf(machine.uid, platform, config.scripts.isStrict);
      const way = wayToTarget(files, path, checker, null);
      const judged = judgeScriptOnWay(path, files.facts(path), way, files, checker);
      if (judged !== 'no-plugin') return judged && adviceOnScript(judged);
      return { kind: 'not-a-plugin', sentence: 'it is not a regular file', commands: [] };
    },
    hindrance(path) {
      const facts = files.facts(path);
      return machine.uid === null || facts.kind === 'failed'
        ? null
        : adviceOnRunning(path, facts, machine.uid, files, own);
    },
    leftBehind(file) {
      const { stateDir, tempDir } = config;
      const pipeDir = fifoFolder(stateDir, tempDir);
      const runs = [...recordedRunsIn(stateDir), ...formerRuns(pipeDir, config, edges.clock.nowMs()).runs];
      return runs.find((run) => run.file === file && edges.processes.isAlive(run.process)) ?? null;
    },
    run: (script, hostname, previous, report, format) =>
      begin(script, hostname, previous, report, format).then(
        () => null,
        (error) => `it can't be run: ${messageOf(error)}`,
      ),
    running: () => [...running].flatMap(({ pid }) => pid() ?? []),
    async close() {
      await Promise.all([...launchers.values()].map((launcher) => launcher.close()));
      made?.folder.remove();
    },
  };
}

function pluginAt(path: string): Plugin {
  const file = basename(path);
  return { file: pluginFile(file), name: pluginName(file), path };
}

/** Why a script is not run by this process, whose user is `uid`; null: it is run. */
function adviceOnRunning(path: string, facts: FileFacts, uid: number, files: Files, own: OwnProgram): Advice | null {
  if (facts.uid === uid) {
    if ((facts.mode & 0o100) !== 0) return null;
    const target = files.linkTarget(path); // which is left as it is
    const command =
      target === null ? `chmod 0700 ${typeable(path)}` : `install -m 0700 ${typeable(target)} ${typeable(path)}`;
    return { kind: 'not-executable', sentence: `${path} is not executable, so it is not run`, commands: [command] };
  }
  const [owner, self] = [facts.uid, uid].map((one) => userText(one, files.userName(one)));
  const why = `${path} belongs to ${owner}, so it is not run as ${self}`;
  if (uid !== 0)
    return { kind: 'wrong-owner', sentence: `${why}; run a copy of your own, or ask that user`, commands: [] };
  const { program, configuration, stateDir } = own;
  const command = shellLine([...program, ...configuration, ...stateDir, '-u', String(facts.uid), 'run'], [path]);
  return { kind: 'wrong-owner', sentence: `${why}; run it as that user`, commands: [command] };
}

import type { Edges } from './io/edges.ts';
import { type KeptFiles, keepFilesIn, makeTemporaryFolder } from './io/files.ts';
import { createLanes } from './io/lanes.ts';
import type { Launcher } from './io/launcher.ts';
import { createSpawner } from './io/spawn.ts';
import { type Config, settingsOf } from './model/config.ts';
import { type Plugin, pluginFile, pluginName } from './model/plugin.ts';
import type { Previous, TrialEvent, TrialResult } from './model/trial.ts';
import { annotate } from './parser/annotate.ts';
import { checkerOf, explain, judgeScript } from './plugins/permissions.ts';
import { invocationOf, sharedEnvironment } from './runner/invocation.ts';
import { type KeptPrevious, keepPrevious } from './runner/previous.ts';
import { startTrial } from './runner/trial.ts';
import type { StartedRun } from './scheduler/scheduler.ts';

const shownLines = 10_000; // with their verdicts

/** What a trial runs with: the agent's own means, or some of its own. */
export type TrialMeans = { readonly edges: Edges; readonly launcher: Launcher; readonly outputs: KeptFiles; readonly config: Config };

/** Runs a plugin as at a tick, `previous` being what it is told of its last run, and tells how that goes. Takes the output of `previous` away in the end. */
export function beginTrial(
  { edges, launcher, outputs, config }: TrialMeans,
  plugin: Plugin,
  previous: KeptPrevious,
  tell: (event: TrialEvent) => void,
): StartedRun {
  tell({ event: 'started' });
  const { lastRun, stdinPath } = previous;
  const prefix = `${config.hostname}.${plugin.name}`;
  const invocation = invocationOf(plugin, lastRun, stdinPath, settingsOf(config.plugins, plugin).env);
  const trial = startTrial({ clock: edges.clock, launcher, outputs }, plugin, invocation, {
    maxOutputBytes: config.scripts.maxOutputBytes,
    prefix,
    stdinBytes: stdinPath === null ? 0 : (lastRun?.output?.sizeBytes ?? 0),
    firstLine: (path) => edges.files.head(path, 4096)?.split('\n')[0] ?? null,
    annotate: (stdout, endedAtS, truncated) => annotate(stdout, { prefix, endedAtS, truncated }, shownLines),
  });
  const ended = trial.ended.then((result) => {
    previous.remove();
    tell({ event: 'ended', ...result });
  });
  return { pid: trial.pid, ended };
}

/** Runs scripts without an agent: in their own folders, with this process's user, limits and environment. */
export type LocalTrials = {
  /** What the permission check says of a script, with what to type; null: it would be accepted. */
  rejection(path: string): string | null;
  /** One run. `path` is absolute. `previous` null: there was none. Never rejects. */
  run(path: string, previous: Previous | null): Promise<TrialResult>;
  /** Removes what they left. What still runs is left alone. */
  close(): Promise<void>;
};

/** Makes a private folder for pipes and outputs. Throws what the system says if it can't. */
export function createLocalTrials(config: Config, edges: Edges): LocalTrials {
  const folder = makeTemporaryFolder('instrument_server-');
  const outputs = keepFilesIn(`${folder.path}/outputs`, 'trial');
  const launchers = new Map<string, Launcher>();

  function launcherIn(cwd: string): Launcher {
    const existing = launchers.get(cwd);
    if (existing) return existing;
    const context = { cwd, env: sharedEnvironment(edges.env, config.env), maxIdle: 1 };
    const { clock, platform, processes } = edges;
    const made =
      platform === 'win32'
        ? createSpawner({ ...context, clock })
        : createLanes({ ...context, pipeDir: `${folder.path}/pipes`, clock, processes });
    launchers.set(cwd, made);
    return made;
  }

  return {
    rejection(path) {
      const judged = judgeScript(path, edges.files.facts(path), edges.files.isLink(path), checkerOf(edges.machine.uid, edges.platform));
      return judged === 'no-plugin' ? 'it is no regular file' : judged && explain(judged);
    },
    run(path, previous) {
      const slash = path.lastIndexOf('/');
      const file = path.slice(slash + 1);
      const plugin = { file: pluginFile(file), name: pluginName(file), path };
      const kept = previous === null ? { lastRun: null, stdinPath: null, remove() {} } : keepPrevious(previous, outputs);
      return new Promise((resolve) => {
        beginTrial({ edges, launcher: launcherIn(path.slice(0, slash) || '/'), outputs, config }, plugin, kept, (event) => {
          if (event.event === 'ended') resolve(event);
        });
      });
    },
    async close() {
      await Promise.all([...launchers.values()].map((launcher) => launcher.close()));
      folder.remove();
    },
  };
}

import { askAgent } from '../control/client.ts';
import type { Edges } from '../io/edges.ts';
import type { Config } from '../model/config.ts';
import type { RunEnvironment } from '../model/trial.ts';
import { visible } from '../words/visible.ts';
import type { ScriptOutput } from './command-output.ts';
import type { TrialSource } from './trial-source.ts';

/** One thing that is not the same. Null: it is not there. */
export type Difference = { readonly what: string; readonly here: string | null; readonly there: string | null };

/** `run SCRIPT --explain`: what the script finds around it as the agent's plugin, and not in this shell. Runs nothing. Gives 0, or 2 where no agent can be asked. */
export async function explainDifferences(
  { path, agentFile }: TrialSource,
  config: Config,
  edges: Edges,
  talk: ScriptOutput,
): Promise<number> {
  if (agentFile === null) {
    talk.complain(
      `${visible(path)} is no plugin of a running agent, so there is nothing to compare with; start the agent, or drop the script into its directory`,
    );
    return 2;
  }
  const answer = await askAgent(edges.ask, config.stateDir).surroundings(agentFile);
  if (!answer.ok) {
    talk.complain(answer.error.kind === 'trouble' ? answer.error.detail : 'the agent has gone meanwhile; try again');
    return 2;
  }
  const here = edges.runEnvironment(edges.env, edges.machine.cwd);
  const masked = Object.entries(here.env).flatMap(([name, value]) =>
    value === null && answer.value.env[name] === null ? [name] : [],
  );
  await talk.write(renderDifferences(differencesBetween(here, answer.value), masked));
  return 0;
}

const first = /^variable (PATH|LANG|LC_.*|TZ|HOME|USER|LOGNAME)$/; // what a script stumbles over most

/** What differs, in the order of user, umask, folder, limits, environment; of that, PATH, locale and home first. What the shell keeps for itself (`_`, `SHLVL`, `OLDPWD`) is left out. */
export function differencesBetween(here: RunEnvironment, there: RunEnvironment): readonly Difference[] {
  const plain = (surroundings: RunEnvironment): Readonly<Record<string, string>> => ({
    user: String(surroundings.user.uid),
    group: String(surroundings.user.gid),
    groups: surroundings.user.groups.toSorted((a, b) => a - b).join(' '),
    umask: surroundings.umask,
    folder: surroundings.cwd,
  });
  const prefixed = (prefix: string, values: Readonly<Record<string, string | null>>) =>
    Object.fromEntries(
      Object.entries(values).map(([name, value]) => [`${prefix} ${name}`, value ?? '(set, not shown)']),
    );
  const all = (surroundings: RunEnvironment): Readonly<Record<string, string>> => ({
    ...plain(surroundings),
    ...prefixed('limit', surroundings.limits),
    ...prefixed('variable', surroundings.env),
  });
  const rank = (what: string) => (!what.startsWith('variable ') ? 0 : first.test(what) ? 1 : 2);
  const [left, right] = [all(here), all(there)];
  return [...new Set([...Object.keys(left), ...Object.keys(right)])]
    .toSorted((a, b) => rank(a) - rank(b) || (rank(a) === 0 ? 0 : a.localeCompare(b)))
    .filter((what) => left[what] !== right[what] && !/^variable (_|SHLVL|OLDPWD|PWD)$/.test(what))
    .map((what) => ({ what, here: left[what] ?? null, there: right[what] ?? null }));
}

/** The differences as text. `masked`: variables that are set on both sides, whose values may be secret and are not compared. */
export function renderDifferences(differences: readonly Difference[], masked: readonly string[]): string {
  const shown = (value: string | null) => (value === null ? 'not there' : visible(value));
  const blocks = differences.map(
    ({ what, here, there }) =>
      `  ${visible(what)}\n    in this shell  ${shown(here)}\n    in the agent   ${shown(there)}\n`,
  );
  const head =
    blocks.length === 0
      ? 'nothing differs for this script between this shell and the agent\n'
      : 'what differs for this script:\n';
  const foot =
    masked.length === 0
      ? ''
      : `  set on both sides, and not compared, for they may be secret: ${masked.map(visible).join(', ')}\n`;
  return `${head}${blocks.join('')}${foot}`;
}

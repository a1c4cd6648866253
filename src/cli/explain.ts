import { dirname } from 'node:path';
import { askAgent } from '../control/client.ts';
import type { Edges } from '../io/edges.ts';
import { visible } from '../log/terminal.ts';
import type { Config } from '../model/config.ts';
import type { Surroundings } from '../model/trial.ts';
import type { ScriptTalk } from './talk.ts';
import type { TrialSource } from './trial-source.ts';

/** One thing that is not the same. Null: it is not there. */
export type Difference = { readonly what: string; readonly here: string | null; readonly there: string | null };

/** `run SCRIPT --explain`: what the script finds around it as the agent's plugin, and not in this shell. Runs nothing. Gives 0, or 2 where no agent can be asked. */
export async function explainDifferences(
  { path, agentName }: TrialSource,
  config: Config,
  edges: Edges,
  talk: ScriptTalk,
): Promise<number> {
  if (agentName === null) {
    talk.complain(
      `${path} is no plugin of a running agent, so there is nothing to compare with; start the agent, or drop the script into its directory`,
    );
    return 2;
  }
  const answer = await askAgent(edges.ask, config.stateDir).surroundings(agentName);
  if (!answer.ok) {
    talk.complain(answer.error.kind === 'trouble' ? answer.error.detail : 'the agent has gone meanwhile; try again');
    return 2;
  }
  const differences = differencesBetween(edges.surroundings(edges.env, edges.machine.cwd), answer.value);
  await talk.write(renderDifferences(differences, dirname(path)));
  return 0;
}

/** What differs, in the order of user, umask, folder, limits, environment. What the shell keeps for itself (`_`, `SHLVL`, `OLDPWD`) is left out. */
export function differencesBetween(here: Surroundings, there: Surroundings): readonly Difference[] {
  const plain = (surroundings: Surroundings): Readonly<Record<string, string>> => ({
    user: String(surroundings.user.uid),
    group: String(surroundings.user.gid),
    groups: surroundings.user.groups.toSorted((a, b) => a - b).join(' '),
    umask: surroundings.umask,
    folder: surroundings.cwd,
  });
  const prefixed = (prefix: string, values: Readonly<Record<string, string | null>>) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix} ${name}`, value ?? '(set, not shown)']));
  const all = (surroundings: Surroundings): Readonly<Record<string, string>> => ({
    ...plain(surroundings),
    ...prefixed('limit', surroundings.limits),
    ...prefixed('variable', surroundings.env),
  });
  const [left, right] = [all(here), all(there)];
  return [...new Set([...Object.keys(left), ...Object.keys(right)])]
    .filter((what) => left[what] !== right[what] && !/^variable (_|SHLVL|OLDPWD|PWD)$/.test(what))
    .map((what) => ({ what, here: left[what] ?? null, there: right[what] ?? null }));
}

function renderDifferences(differences: readonly Difference[], folder: string): string {
  if (differences.length === 0) return `nothing differs between this shell, in ${folder}, and the agent\n`;
  const shown = (value: string | null) => (value === null ? 'not there' : visible(value));
  return `what differs for this script:\n${differences
    .map(({ what, here, there }) => `  ${visible(what)}\n    in this shell  ${shown(here)}\n    in the agent   ${shown(there)}\n`)
    .join('')}`;
}

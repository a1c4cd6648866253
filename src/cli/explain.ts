import { askAgent } from '../control/client.ts';
import type { Edges } from '../io/edges.ts';
import type { Config } from '../model/config.ts';
import type { RunEnvironment } from '../model/trial.ts';
import { visible } from '../words/visible.ts';
import type { ScriptOutput } from './command-output.ts';
import type { TrialSource } from './trial-source.ts';

/**
 * One difference between this shell (`here`) and the agent (`there`). Null: it does not exist on
 * that side.
 */
export type EnvironmentDifference = {
  readonly what: string;
  readonly here: string | null;
  readonly there: string | null;
};

/**
 * `run SCRIPT --explain`: prints how user, folder, limits and environment differ between this
 * shell and the agent. Runs nothing. Returns the exit status: 0, or 2 if no agent can be asked.
 */
export async function explainDifferences(
  { path, agentFile }: TrialSource,
  config: Config,
  edges: Edges,
  output: ScriptOutput,
): Promise<number> {
  if (agentFile === null) {
    output.complain(
      `${visible(path)} is not a plugin of a running agent, so there is nothing to compare with; ` +
        'start the agent, or put the script into its directory',
    );
    return 2;
  }
  const answer = await askAgent(edges.ask, config.stateDir).runEnvironment(agentFile);
  if (!answer.ok) {
    output.complain(answer.error.kind === 'trouble' ? answer.error.detail : 'the agent has ended meanwhile; try again');
    return 2;
  }
  const here = edges.runEnvironment(edges.env, edges.machine.cwd);
  const masked = Object.entries(here.env).flatMap(([name, value]) =>
    value === null && answer.value.env[name] === null ? [name] : [],
  );
  await output.write(renderDifferences(differencesBetween(here, answer.value), masked));
  return 0;
}

const first = /^variable (PATH|LANG|LC_.*|TZ|HOME|USER|LOGNAME)$/; // scripts depend on these most often

/**
 * Returns the differences in the order user, umask, folder, limits, environment. Of the
 * environment, PATH, locale and home come first; variables that a shell sets for itself (`_`,
 * `SHLVL`, `OLDPWD`, `PWD`) are left out.
 */
export function differencesBetween(here: RunEnvironment, there: RunEnvironment): readonly EnvironmentDifference[] {
  const plain = (environment: RunEnvironment): Readonly<Record<string, string>> => ({
    user: String(environment.user.uid),
    group: String(environment.user.gid),
    groups: environment.user.groups.toSorted((a, b) => a - b).join(' '),
    umask: environment.umask,
    folder: environment.cwd,
  });
  const prefixed = (prefix: string, values: Readonly<Record<string, string | null>>) =>
    Object.fromEntries(
      Object.entries(values).map(([name, value]) => [`${prefix} ${name}`, value ?? '(set, not shown)']),
    );
  const all = (environment: RunEnvironment): Readonly<Record<string, string>> => ({
    ...plain(environment),
    ...prefixed('limit', environment.limits),
    ...prefixed('variable', environment.env),
  });
  const rank = (what: string) => (!what.startsWith('variable ') ? 0 : first.test(what) ? 1 : 2);
  const [left, right] = [all(here), all(there)];
  return [...new Set([...Object.keys(left), ...Object.keys(right)])]
    .toSorted((a, b) => rank(a) - rank(b) || (rank(a) === 0 ? 0 : a.localeCompare(b)))
    .filter((what) => left[what] !== right[what] && !/^variable (_|SHLVL|OLDPWD|PWD)$/.test(what))
    .map((what) => ({ what, here: left[what] ?? null, there: right[what] ?? null }));
}

/**
 * Returns the differences as text. `masked` are the variables that are set on both sides and whose
 * values may be secret, so that they are not compared.
 */
export function renderDifferences(differences: readonly EnvironmentDifference[], masked: readonly string[]): string {
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
      : `  set on both sides, and not compared because they may be secret: ${masked.map(visible).join(', ')}\n`;
  return `${head}${blocks.join('')}${foot}`;
}

import type { PluginStatus, Status } from '../../model/status.ts';

/**
 * What the page knows: the agent, and its plugins by file name. A plugin that did not change keeps
 * its object, so that `===` tells whether it changed.
 */
export type AgentState = KnownAgent<Omit<Status, 'plugins'>, PluginStatus>;

/** The agent and its plugins by file name, as any page of the agent knows them. */
export type KnownAgent<Agent, Plugin> = { readonly agent: Agent; readonly plugins: ReadonlyMap<string, Plugin> };

/** Returns the state that a whole status describes. */
export function fromStatus<Agent, Plugin extends { readonly file: string }>({
  plugins,
  ...agent
}: Agent & { readonly plugins: readonly Plugin[] }): KnownAgent<Omit<Agent & { plugins: unknown }, 'plugins'>, Plugin> {
  return { agent, plugins: new Map(plugins.map((plugin) => [plugin.file, plugin])) };
}

/** A change of it. `removed` holds file names. */
type KnownChange<Agent, Plugin> = {
  readonly agent: Agent;
  readonly plugins: readonly Plugin[];
  readonly removed: readonly string[];
};

/** Returns the state that follows when a change is applied. */
export function afterChange<Agent, Plugin extends { readonly file: string }>(
  known: KnownAgent<Agent, Plugin>,
  { agent, plugins, removed }: KnownChange<Agent, Plugin>,
): KnownAgent<Agent, Plugin> {
  const next = new Map(known.plugins);
  for (const file of removed) next.delete(file);
  for (const plugin of plugins) next.set(plugin.file, plugin);
  return { agent, plugins: next };
}

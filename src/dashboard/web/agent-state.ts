import type { PluginStatus, Status, StatusChange } from '../../model/status.ts';

/**
 * What the page knows: the agent, and its plugins by file name. A plugin that did not change keeps
 * its object, so that `===` tells whether it changed.
 */
export type AgentState = {
  readonly agent: Omit<Status, 'plugins'>;
  readonly plugins: ReadonlyMap<string, PluginStatus>;
};

/** Returns the state that a whole status describes. */
export function fromStatus({ plugins, ...agent }: Status): AgentState {
  return { agent, plugins: new Map(plugins.map((plugin) => [plugin.file, plugin])) };
}

/** Returns the state that follows when a change is applied. */
export function afterChange(known: AgentState, { agent, plugins, removed }: StatusChange): AgentState {
  const next = new Map(known.plugins);
  for (const file of removed) next.delete(file);
  for (const plugin of plugins) next.set(plugin.file, plugin);
  return { agent, plugins: next };
}

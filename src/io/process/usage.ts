/**
 * What the agent itself costs: its memory now, and its CPU time since it started, without its
 * children.
 */
export type Usage = { readonly rssBytes: number; readonly cpuS: number };

/** Reads the usage of this process. Never throws. */
export function readUsage(): Usage {
  const { user, system } = process.cpuUsage();
  return { rssBytes: process.memoryUsage.rss(), cpuS: (user + system) / 1e6 };
}

/** What the agent itself costs: its memory now, and the processor time it has had since it started, its own children not among it. */
export type Usage = { readonly rssBytes: number; readonly cpuS: number };

/** Asks the system about this process. Never throws. */
export function readUsage(): Usage {
  const { user, system } = process.cpuUsage();
  return { rssBytes: process.memoryUsage.rss(), cpuS: (user + system) / 1e6 };
}

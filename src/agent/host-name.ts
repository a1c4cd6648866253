import { systemHostname } from '../config/defaults.ts';
import type { Edges } from '../io/edges.ts';
import type { Config } from '../model/config.ts';

/**
 * Returns the configuration with the name that the system has now, where none is configured: a
 * host of a cloud often gets its name after the agent has started. The same object: nothing
 * differs.
 */
export function withHostname(config: Config, edges: Pick<Edges, 'hostname'>): Config {
  if (!config.isSystemHostname) return config;
  const hostname = systemHostname({ machine: { hostname: edges.hostname() } });
  return hostname === config.hostname ? config : { ...config, hostname };
}

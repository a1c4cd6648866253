import type { Config } from '../model/config.ts';

/** The sections whose keys stand for themselves: each key gives one value of `Config`. */
export type PlainSections = {
  /** The values of `[agent]` stand in `Config` itself, those of other sections in a part of it. */
  readonly agent: Omit<Config, OtherParts>;
  readonly collector: Config['collector'];
  readonly spool: Config['spool'];
  readonly scripts: Omit<Config['scripts'], 'isDefaultLocation'>;
  /** Keys of `[scripts]`, too. */
  readonly bounds: Config['bounds'];
  readonly dashboard: Config['dashboard'];
  readonly log: Config['log'];
};

/** What `[agent]` does not give: the other sections, and the paths that only flags give. */
type OtherParts =
  | Exclude<keyof PlainSections, 'agent'>
  | 'sinks'
  | 'env'
  | 'plugins'
  | 'directories'
  | 'tempDir'
  | 'pidFile'
  | 'isSystemHostname';

/** A configuration by its sections. */
export function plainSections(config: Config): PlainSections {
  const { collector, spool, scripts, bounds, dashboard, log } = config;
  return { agent: config, collector, spool, scripts, bounds, dashboard, log };
}

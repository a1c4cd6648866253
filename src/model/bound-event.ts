import type { Advice } from './advice.ts';
import type { PluginFile } from './plugin.ts';
import type { Repeated } from './repeated.ts';

/** Events about the bounds on what plugins take of the host. */
export type BoundEvent =
  /**
   * A plugin has written `mostBytes` to stderr within an hour. The rest of the hour is counted.
   * `repeat` counts such hours in a row.
   */
  | ({ readonly event: 'run.stderr-limited'; readonly plugin: PluginFile; readonly mostBytes: number } & Repeated)
  /** Such an hour is over: what was counted. */
  | {
      readonly event: 'run.stderr-unlogged';
      readonly plugin: PluginFile;
      readonly lines: number;
      readonly bytes: number;
      readonly elapsedMs: number;
    }
  /**
   * More processes than before that runs of this plugin left behind hold its output: a run ends
   * without them, and they are left alone.
   */
  | ({
      readonly event: 'run.left-process';
      readonly plugin: PluginFile;
      readonly processes: number;
      readonly pids: readonly number[];
      readonly advice: Advice;
    } & Repeated)
  | { readonly event: 'run.left-nothing'; readonly plugin: PluginFile; readonly elapsedMs: number }
  /**
   * Runs wait because the other descriptors are kept for sinks, database, page and the like.
   * `runs`: how many may have some at a time. Reported at each tick while it lasts.
   */
  | ({
      readonly event: 'descriptors.short';
      readonly limit: number;
      readonly runs: number;
      readonly waiting: number;
      readonly advice: Advice;
    } & Repeated)
  | { readonly event: 'descriptors.enough'; readonly elapsedMs: number }
  /** There are more plugins than `plugin_metrics` sends metrics of: `leftOut` have none. */
  | { readonly event: 'plugins.unmeasured'; readonly leftOut: number; readonly mostPlugins: number };

import type { Config } from '../model/config.ts';
import { fixed } from './defaults.ts';
import { type Rows, setting } from './setting.ts';
import * as values from './values.ts';

/** The part of the table with the keys of `[agent]` that switch metrics on and off. */
export const metricSettings: Rows<Pick<Config, 'hostMetrics' | 'selfMetrics' | 'pluginMetrics'>> = {
  hostMetrics: setting('agent', 'host_metrics', {
    kind: values.boolean,
    default: fixed(true),
    does: 'Whether the agent measures the host: cpu, memory, load, disks.',
  }),
  selfMetrics: setting('agent', 'self_metrics', {
    kind: values.boolean,
    default: fixed(false),
    does: "Whether the agent's own counters are also sent, as `HOST.instrument_server.*`.",
  }),
  pluginMetrics: setting('agent', 'plugin_metrics', {
    kind: values.boolean,
    default: fixed(false),
    does:
      'Whether metrics of each plugin are also sent, as `instrument_server_plugin_*`: whether it reports, its state, ' +
      'and what its last run took.',
  }),
};

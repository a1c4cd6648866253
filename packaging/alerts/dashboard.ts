import { graphPanel, numberPanel, type Panel, tablePanel } from './panel.ts';
import { bySink, pluginsNow } from './series.ts';

const ofHost = 'host="$host"';
const ofPlugins = `${ofHost}, plugin=~"$plugin"`;

/** A figure of the plugins that are chosen, as a line each. */
function pluginGraph(title: string, unit: string, figure: string): Panel {
  return graphPanel(title, unit, [[`instrument_server_plugin_${figure}{${ofPlugins}}`, '{{plugin}}']]);
}

const fleet: readonly Panel[] = [
  numberPanel('Hosts that report', 'count(count by (host) (instrument_server_plugin_up))'),
  numberPanel('Plugins that report', 'sum(instrument_server_plugin_up)'),
  numberPanel(
    'Plugins in trouble',
    `count(${pluginsNow('state=~"suspended|rejected|hung|failing|bad-lines|silent"')}) or vector(0)`,
    {
      isTrouble: true,
    },
  ),
  numberPanel('Samples that wait', `sum(${bySink('spool', 'samples')} or instrument_server_sink_waiting_samples)`),
  tablePanel('Plugins that do not report all they should, by host', {
    width: 16,
    height: 10,
    queries: [[pluginsNow('reason!="", state!~"disabled|pending|not-a-script"')]],
    columns: [
      ['host', 'Host'],
      ['plugin', 'Plugin'],
      ['state', 'State'],
      ['reason', 'Reason'],
    ],
  }),
  tablePanel('Plugins by state and reason', {
    width: 8,
    height: 10,
    queries: [[`count by (state, reason) (${pluginsNow('')})`]],
    columns: [
      ['state', 'State'],
      ['reason', 'Reason'],
      ['Value', 'Plugins'],
    ],
  }),
];

const plugins: readonly Panel[] = [
  tablePanel('Plugins', {
    width: 24,
    height: 10,
    queries: [
      [`max by (plugin, state, reason) (${pluginsNow(ofPlugins)})`],
      ...['last_good_age_seconds', 'duration_seconds', 'exit_status', 'samples', 'bad_lines', 'overdue_seconds'].map(
        (figure) => [`max by (plugin) (instrument_server_plugin_${figure}{${ofPlugins}})`] as const,
      ),
    ],
    columns: [
      ['plugin', 'Plugin'],
      ['state', 'State'],
      ['reason', 'Reason'],
      ['Value #B', 'Samples came', 's'],
      ['Value #C', 'Last run took', 's'],
      ['Value #D', 'Exit status'],
      ['Value #E', 'Samples'],
      ['Value #F', 'Bad lines'],
      ['Value #G', 'Overdue for', 's'],
    ],
  }),
  pluginGraph('Duration of the last run', 's', 'duration_seconds'),
  pluginGraph('Since the last samples', 's', 'last_good_age_seconds'),
  pluginGraph('Processor time of the last run', 's', 'cpu_seconds'),
  pluginGraph('Most memory in the last run, if more than the agent has', 'bytes', 'peak_memory_bytes'),
  pluginGraph('Samples of the last run', 'short', 'samples'),
  pluginGraph('Bad lines of the last run', 'short', 'bad_lines'),
];

const agent: readonly Panel[] = [
  graphPanel('Processor share of the agent', 'percentunit', [
    [
      `rate(instrument_server_cpu_s{${ofHost}}[$__rate_interval]) or rate(instrument_server_cpu_seconds_total{${ofHost}}[$__rate_interval])`,
      'agent, without plugins',
    ],
  ]),
  graphPanel('Memory of the agent', 'bytes', [
    [
      `instrument_server_memory_rss_mb{${ofHost}} * 1048576 or instrument_server_resident_memory_bytes{${ofHost}}`,
      'agent, without plugins',
    ],
  ]),
  graphPanel('Samples that wait, by sink', 'short', [
    [
      `${bySink('spool', 'samples', { labels: `, ${ofHost}` })} or instrument_server_sink_waiting_samples{${ofHost}}`,
      '{{sink}}',
    ],
  ]),
  graphPanel('Age of the oldest sample that waits', 's', [
    [bySink('spool', 'age_s', { labels: `, ${ofHost}` }), '{{sink}}'],
  ]),
  graphPanel('Runs', 'short', [
    [`instrument_server_runs_in_flight{${ofHost}}`, 'in flight'],
    [`instrument_server_runs_overdue_now{${ofHost}}`, 'overdue'],
    [`instrument_server_runs_hung_now{${ofHost}}`, 'hung'],
    [`instrument_server_plugins_waiting{${ofHost}}`, 'waiting for a slot'],
  ]),
  graphPanel('Ticks that skipped a plugin', 'short', [
    [`increase(instrument_server_plugin_skips_total{${ofPlugins}}[$__rate_interval])`, '{{plugin}}'],
  ]),
];

/** Every panel, under the heading of its part. */
export const dashboardParts: readonly (readonly [heading: string, panels: readonly Panel[]])[] = [
  ['All hosts', fleet],
  ['Plugins of $host', plugins],
  ['Agent of $host', agent],
];

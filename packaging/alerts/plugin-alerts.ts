import type { ReasonKind } from '../../src/model/advice.ts';
import type { PluginState } from '../../src/model/status.ts';
import { stateTable } from '../../src/view/state-table.ts';
import type { Alert } from './alert.ts';
import { reasonTemplate } from './reason-words.ts';
import { pluginsNow } from './series.ts';

const plugin = '{{ $labels.plugin }} on {{ $labels.host }}';
const type = 'On the host, type: instrument_server status {{ $labels.plugin }}';

/** Reasons of a plugin whose output is garbled: all of it, or a part. */
const garbledKinds = [...kindsOf('bad-lines'), 'some-bad-lines' as const];

/**
 * The alerts about one plugin. Each is about other states, so one fault is one alert. None is about
 * `disabled`, `pending` and `not-a-script`, which a person has chosen or which end by themselves,
 * nor about `slow`, which is no trouble.
 */
export const pluginAlerts: readonly Alert[] = [
  {
    name: 'InstrumentServerPluginSilent',
    severity: 'warning',
    forS: 300,
    firesIf: 'the state of a plugin is `failing` or `silent`: its last run gave no samples',
    expression: () => pluginsNow('state=~"failing|silent"'),
    summary: `${plugin} gives no samples ({{ $labels.reason }})`,
    description: `${plugin}: ${reasonTemplate([...kindsOf('failing'), ...kindsOf('silent')])}. ${type}`,
  },
  {
    name: 'InstrumentServerPluginGarbled',
    severity: 'warning',
    forS: 300,
    firesIf: 'some or all of the lines that a plugin prints are bad lines',
    expression: () => pluginsNow(`reason=~"${garbledKinds.join('|')}"`),
    summary: `${plugin} prints lines that are not samples ({{ $labels.reason }})`,
    description: `${plugin}: ${reasonTemplate(garbledKinds)}. ${type}`,
  },
  {
    name: 'InstrumentServerPluginHung',
    severity: 'warning',
    forS: 300,
    firesIf: 'the state of a plugin is `hung`',
    expression: () => pluginsNow('state="hung"'),
    summary: `${plugin} hangs ({{ $labels.reason }})`,
    description: `${plugin}: its run skips ticks, and takes more than twice as long as its last runs. The agent never ends it. ${type}`,
  },
  {
    name: 'InstrumentServerPluginOverdue',
    severity: 'warning',
    forS: 1800,
    firesIf: 'ticks skip a plugin that does not hang: its runs take longer than its interval',
    expression: (span) =>
      `sum by (host, plugin) (increase(instrument_server_plugin_skips_total[${span(1200)}])) > 0\n` +
      `unless on (host, plugin) ${pluginsNow('state="hung"')}`,
    summary: `${plugin} takes longer than its interval`,
    description: `${plugin}: ticks skip it because its last run is still running or waits. Give it a longer interval. ${type}`,
  },
  {
    name: 'InstrumentServerPluginRejected',
    severity: 'warning',
    forS: 300,
    firesIf: 'the permission check refuses a script',
    expression: () => pluginsNow('state="rejected"'),
    summary: `${plugin} is rejected and does not run ({{ $labels.reason }})`,
    description: `${plugin}: ${reasonTemplate(kindsOf('rejected'))}. The command that corrects it is in its status. ${type}`,
  },
  {
    name: 'InstrumentServerDirectorySuspended',
    severity: 'critical',
    forS: 300,
    firesIf: 'no plugin of a directory runs, because the directory is gone or has a wrong mode or owner',
    expression: () => `count by (host) (${pluginsNow('state="suspended"')})`,
    summary: '{{ $value }} plugins on {{ $labels.host }} do not run: their directory is unusable (directory-suspended)',
    description:
      'The plugin directory is gone, has a wrong mode or owner, or others can write a folder above it. ' +
      'On the host, type: instrument_server check',
  },
];

/** The reasons that give a plugin this state. */
function kindsOf(state: PluginState): readonly ReasonKind[] {
  return stateTable.flatMap((row) => (row.state === state ? row.kinds : []));
}

import type { Alert } from './alert.ts';
import { bySink } from './series.ts';

const [host, sink] = ['{{ $labels.host }}', '{{ $labels.sink }}'];

/**
 * The alerts about what waits for a sink, and what is lost for it. They need the agent's own
 * metrics. Figures about the sink that leads to this very server arrive when it is back.
 */
export const sinkAlerts: readonly Alert[] = [
  {
    name: 'InstrumentServerSinkAway',
    severity: 'warning',
    forS: 600,
    firesIf: 'the last delivery to a sink failed, or nothing was delivered yet',
    expression: () => `${bySink('sink', 'connected')} == 0\nor\ninstrument_server_sink_connected == 0`,
    summary: `The agent on ${host} can not deliver to the sink ${sink}; samples wait`,
    description: 'Nothing is lost yet. On the host, type: instrument_server check --connect',
  },
  {
    name: 'InstrumentServerSamplesLate',
    severity: 'warning',
    forS: 300,
    firesIf: 'the oldest sample that waits for a sink is older than 10 minutes',
    expression: () => `${bySink('spool', 'age_s')} > 600`,
    summary: `The oldest sample that waits on ${host} for the sink ${sink} is {{ $value | humanizeDuration }} old`,
    description:
      'The sink takes nothing, or less than comes. Nothing is lost yet. ' +
      'On the host, type: instrument_server check --connect',
  },
  {
    name: 'InstrumentServerSpoolFilling',
    severity: 'critical',
    forS: 300,
    firesIf: 'more than 2,500,000 samples wait: half of what fits into the default `max_size`',
    expression: () => `${bySink('spool', 'samples')} > 2500000\nor\ninstrument_server_sink_waiting_samples > 2500000`,
    summary: `{{ $value | humanize }} samples wait on ${host} for the sink ${sink}`,
    description:
      'Beyond max_size under [spool] the oldest are lost. Bring the sink back, or raise max_size. ' +
      'On the host, type: instrument_server status',
  },
  {
    name: 'InstrumentServerSamplesLost',
    severity: 'critical',
    forS: 60,
    firesIf: 'samples were lost for a sink within 10 minutes, or with a damaged database for all',
    expression: (span) => {
      const ago = span(600);
      const all = 'instrument_server_sink_lost_samples_total';
      return [
        // differences, not increase(): these counts continue across restarts of the agent
        `${bySink('spool', 'lost', { of: (lost) => `${lost} - ${lost} offset ${ago}` })} > 0`,
        `${all} - ${all} offset ${ago} > 0`,
        `${bySink('sink', 'samples_dropped', { of: (dropped) => `increase(${dropped}[${ago}])` })} > 0`,
        `label_replace(max without (metric) (increase(instrument_server_store_lost[${ago}])), "sink", "all", "", "") > 0`,
      ].join('\nor\n');
    },
    summary: `{{ $value | humanize }} samples of ${host} are lost (sink: ${sink})`,
    description:
      'They were beyond max_size under [spool], the sink refused them for good, or the database was damaged. ' +
      'On the host, type: instrument_server status',
  },
];

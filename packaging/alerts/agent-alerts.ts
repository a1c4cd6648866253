import type { Alert } from './alert.ts';

/** A figure that each agent sends at each tick, and that `/metrics` has by the same name. */
const beat = 'instrument_server_runs_in_flight';

const host = '{{ $labels.host }}';

/** The alerts about an agent as a whole. They need its own metrics. */
export const agentAlerts: readonly Alert[] = [
  {
    name: 'InstrumentServerAgentSilent',
    severity: 'critical',
    forS: 120,
    firesIf: 'a host that sent something within a day has sent nothing for 5 minutes',
    expression: (span) =>
      `count by (host) (last_over_time(${beat}[${span(86_400)}]))\n` +
      `unless\ncount by (host) (last_over_time(${beat}[${span(300)}]))`,
    summary: `Nothing comes from ${host}: the host, its network or its agent is down`,
    description:
      'All plugins of the host are silent with it. On the host, type: instrument_server status. ' +
      'If no agent runs there, the last lines of its log say why it ended.',
  },
  {
    name: 'InstrumentServerAgentRestarts',
    severity: 'warning',
    forS: 60,
    firesIf: 'an agent was started again more than 3 times within an hour',
    expression: (span) =>
      `max without (metric) (resets(instrument_server_cpu_s[${span(3600)}])) > 3\n` +
      `or\nchanges(instrument_server_start_time_seconds[${span(3600)}]) > 3`,
    summary: `The agent on ${host} was started again {{ $value }} times within an hour`,
    description: 'The last lines of its log say why it ended. On the host, type: instrument_server status',
  },
  {
    name: 'InstrumentServerAgentOverloaded',
    severity: 'warning',
    forS: 600,
    firesIf: 'plugins wait for a slot over several ticks',
    expression: () => 'max without (metric) (instrument_server_plugins_waiting) > 0',
    summary: `{{ $value }} plugins on ${host} wait for a slot: the agent has more to run than fits`,
    description:
      'Give plugins that run long a longer interval. On the host, type: instrument_server status. ' +
      'It says what else would help.',
  },
  {
    name: 'InstrumentServerClockWrong',
    severity: 'warning',
    forS: 600,
    firesIf: 'samples of a host are of a time to come, or 2 to 5 minutes old though none waited there',
    expression: (span) => `${fastClock(span(86_400), span(86_460))}\nor\n${slowClock}`,
    summary: `The clock of ${host} is {{ $labels.clock }}, so its samples stand at wrong times`,
    description:
      'If all hosts are named, it is the clock of the server that evaluates this rule. ' +
      'On the host, type: date -u. Then set its clock, or start what keeps it right.',
  },
];

/** Samples from a minute ahead to a day ahead. */
function fastClock(range: string, ahead: string): string {
  return `label_replace(count by (host) (count_over_time(${beat}[${range}] offset -${ahead})), "clock", "fast", "", "")`;
}

/** The newest sample is old, and when it was taken there was no backlog that explains it. */
const slowClock = `label_replace(
  time() - max by (host) (timestamp(${beat})) > 120
  and on (host) instrument_server_spool_prometheus_age_s < 60,
  "clock", "slow", "", "")`;

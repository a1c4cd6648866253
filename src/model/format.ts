/** The formats that a plugin's output can be in. `native`: the agent's own, NAME VALUE lines. */
export const formatNames = [
  'native',
  'prometheus',
  'nagios',
  'munin',
  'value',
  'influx',
  'json',
  'checkmk',
  'graphite',
  'opentsdb',
] as const;

/** The format of a plugin's output. */
export type FormatName = (typeof formatNames)[number];

/**
 * Exit statuses that are states, and no failures: those from 0 to `last`. `of` says in words what
 * has these states.
 */
export type ExitStates = { readonly last: number; readonly of: string };

/** The states of a Nagios check, by its exit status. */
export const checkStates = ['OK', 'WARNING', 'CRITICAL', 'UNKNOWN'] as const;

/** A state of a Nagios check. */
export type CheckState = (typeof checkStates)[number];

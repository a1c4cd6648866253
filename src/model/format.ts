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

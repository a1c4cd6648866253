export type SectionName = (typeof sections)[number]['name'];

/**
 * The sections in the order of the reference page. `NAME` stands for a plugin's name. `example`:
 * the sample file shows this section as a comment, because it is optional; null: the section is
 * there.
 */
export const sections = [
  { name: 'agent', does: 'The agent itself.', example: null },
  {
    name: 'collector',
    does: 'Where samples are sent. Without a key and without any `[sink:…]` they go to the console.',
    example: null,
  },
  {
    name: 'sink:graphite',
    does: 'With this section, samples are also sent to a Carbon server in the plaintext protocol.',
    example: 'sink:graphite',
  },
  {
    name: 'sink:influx',
    does:
      'With this section, samples are also sent to InfluxDB (1 or 2) ' +
      'or another server that accepts its line protocol over HTTP.',
    example: 'sink:influx',
  },
  {
    name: 'sink:otlp',
    does:
      'With this section, samples are also sent to an OpenTelemetry Collector ' +
      'or another server that accepts OTLP over HTTP.',
    example: 'sink:otlp',
  },
  {
    name: 'sink:prometheus',
    does:
      'With this section, samples are also sent by remote write to Prometheus ' + 'or another server that accepts it.',
    example: 'sink:prometheus',
  },
  { name: 'spool', does: 'Where samples are kept until every sink has them.', example: null },
  { name: 'scripts', does: 'The directory of plugin scripts.', example: null },
  { name: 'env', does: 'Environment variables for every plugin.', example: null },
  {
    name: 'plugin:NAME',
    does:
      "One plugin. NAME is the plugin's name or its script's file name; " +
      'the file name wins. Each plugin can have a section.',
    example: 'plugin:mysql_status',
  },
  {
    name: 'directory:NAME',
    does:
      "Another directory of plugins, such as another system's. NAME is yours to choose; " +
      'there can be several such sections.',
    example: 'directory:munin',
  },
  { name: 'log', does: 'The log of the agent.', example: null },
  { name: 'dashboard', does: 'A page on this host, and the history that it shows.', example: null },
] as const;

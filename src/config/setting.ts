import type * as values from './values.ts';

/** How a setting is given on the command line. `argument` null: a switch, which means the value `means` and does what `does` says. */
export type SettingFlag =
  | { readonly short: string | null; readonly long: string; readonly argument: string }
  | {
      readonly short: string | null;
      readonly long: string;
      readonly argument: null;
      readonly means: string;
      readonly does: string;
    };

/** One row of the table: everything known about one key. */
export type Setting<Value, Default extends Value | null = Value | null> = {
  readonly section: SectionName;
  /** `NAME` in a key stands for the name of an environment variable. */
  readonly key: string;
  readonly kind: values.Kind<Value>;
  /** Null: there is none, or it is worked out at start; `defaultSays` tells how. */
  readonly default: Default;
  readonly defaultSays: string | null;
  /** A line for the sample file; null: the key with its default. */
  readonly example: string | null;
  /** One sentence. */
  readonly does: string;
  /** True: a change is applied while the agent runs; false: at the next start. */
  readonly live: boolean;
  readonly flag: SettingFlag | null;
  /** An environment variable that gives the value. */
  readonly variable: string | null;
};

export type SectionName = (typeof sections)[number]['name'];

/** The sections in the order of the reference. `NAME` stands for a plugin's name; `example` is how the sample file writes one that is not there unless asked for. */
export const sections = [
  { name: 'agent', does: 'The agent itself.', example: null },
  {
    name: 'collector',
    does: 'Where samples are sent. Without a key, and without any `[sink:…]`, they go to the console.',
    example: null,
  },
  {
    name: 'sink:graphite',
    does: 'Samples are sent to a Carbon server too, in the plaintext protocol, once this section is there.',
    example: 'sink:graphite',
  },
  {
    name: 'sink:influx',
    does: 'Samples are sent to InfluxDB (1 or 2), or what speaks its line protocol over HTTP, once this section is there.',
    example: 'sink:influx',
  },
  {
    name: 'sink:otlp',
    does: 'Samples are sent to an OpenTelemetry Collector, or what takes OTLP over HTTP, once this section is there.',
    example: 'sink:otlp',
  },
  { name: 'spool', does: 'Where samples wait until every sink has them.', example: null },
  { name: 'scripts', does: 'The directory of plugin scripts.', example: null },
  { name: 'env', does: 'Environment variables for every plugin.', example: null },
  {
    name: 'plugin:NAME',
    does: "One plugin: NAME is its name, or its script's file name, which wins. Give one such section per plugin.",
    example: 'plugin:mysql_status',
  },
  { name: 'log', does: 'What the agent says about itself.', example: null },
  { name: 'dashboard', does: 'A page on this host, and the history behind it.', example: null },
] as const;

type Details = { readonly does: string } & Partial<
  Pick<Setting<unknown>, 'defaultSays' | 'example' | 'flag' | 'variable' | 'live'>
>;

/** A row of the table, with what it does not say by default. */
export function setting<Value, Default extends Value | null>(
  section: SectionName,
  key: string,
  kind: values.Kind<Value>,
  defaultValue: Default,
  details: Details,
): Setting<Value, Default> {
  return {
    section,
    key,
    kind,
    default: defaultValue,
    defaultSays: null,
    example: null,
    live: true,
    flag: null,
    variable: null,
    ...details,
  };
}

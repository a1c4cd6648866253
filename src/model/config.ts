import type { FormatName } from './format.ts';
import type { Muted } from './status.ts';

/** The address of a server. `tls`: whether to connect with TLS. */
export type CollectorAddress = { readonly host: string; readonly port: number; readonly tls: boolean };

/** The address that the agent listens on; port 0: any free port. */
export type ListenAddress = { readonly host: string; readonly port: number };

/**
 * The API key, and the place where it was written, as a user would name it: `the flag -k`,
 * `/etc/instrument_server.ini:4`.
 */
export type ApiKey = { readonly key: string; readonly origin: string };

/**
 * How a server's certificate is verified. `caFile`: a PEM file of authorities; null: the
 * well-known ones.
 */
export type TlsSettings = { readonly caFile: string | null; readonly verify: boolean };

/**
 * The HTTP proxy that connections go through. `login` null: none. `origin` is the place where the
 * proxy was written: `/etc/instrument_server.ini:7`, `the environment variable https_proxy`.
 */
export type ProxySettings = {
  readonly host: string;
  readonly port: number;
  readonly login: { readonly username: string; readonly password: string } | null;
  readonly origin: string;
};

/** How the bodies of requests are compressed. */
export type Compression = 'none' | 'gzip';

/** The settings of `[sink:graphite]`: a Carbon server that speaks the plaintext protocol. */
export type GraphiteSettings = { readonly address: CollectorAddress; readonly tls: TlsSettings };

/**
 * How the agent logs in to a server over HTTP. `origin` is the place where the secret was written.
 */
export type SinkLogin =
  | { readonly kind: 'none' }
  | { readonly kind: 'token'; readonly token: string; readonly origin: string }
  | { readonly kind: 'password'; readonly username: string; readonly password: string; readonly origin: string };

/** The settings of `[sink:influx]`. `url` does not end in `/`. */
export type InfluxSettings = {
  readonly url: string;
  readonly into:
    | { readonly kind: 'database'; readonly database: string }
    | { readonly kind: 'bucket'; readonly bucket: string; readonly org: string | null };
  readonly login: SinkLogin;
  readonly tls: TlsSettings;
  readonly compression: Compression;
  /** Null: requests go straight to the server. */
  readonly proxy: ProxySettings | null;
};

/** How OTLP messages are encoded. */
export type OtlpEncoding = 'protobuf' | 'json';

/**
 * The settings of `[sink:otlp]`. `url` is the whole URL that metrics are posted to. `headers` may
 * hold secrets; `headersOrigin` is the place where they were written.
 */
export type OtlpSettings = {
  readonly url: string;
  readonly encoding: OtlpEncoding;
  readonly headers: Readonly<Record<string, string>>;
  readonly headersOrigin: string | null;
  readonly serviceName: string;
  readonly tls: TlsSettings;
  readonly compression: Compression;
  /** Null: requests go straight to the server. */
  readonly proxy: ProxySettings | null;
};

/** A version of Prometheus remote write. */
export type RemoteWriteVersion = '1.0' | '2.0';

/**
 * The settings of `[sink:prometheus]`. `url` is the whole URL that samples are posted to. `version`
 * is the highest one to use. `headers` may hold secrets; `headersOrigin` is the place where they
 * were written.
 */
export type PrometheusSettings = {
  readonly url: string;
  readonly version: RemoteWriteVersion;
  readonly login: SinkLogin;
  readonly headers: Readonly<Record<string, string>>;
  readonly headersOrigin: string | null;
  readonly tls: TlsSettings;
  /** Null: requests go straight to the server. */
  readonly proxy: ProxySettings | null;
};

/** The settings of `[plugin:NAME]`. Null: nothing is set. */
export type PluginSettings = {
  readonly enabled: boolean;
  readonly intervalS: number | null;
  readonly format: FormatName | null;
  /** What it is given instead of the arguments of the agent's own contract. */
  readonly args: readonly string[];
  /** A program and its arguments, for a plugin without a file in a directory. */
  readonly command: readonly [program: string, ...args: string[]] | null;
  /** Paths of Graphite lines are sent as they are, without `HOST.PLUGIN.` in front. */
  readonly keepNames: boolean;
  /** Until when its trouble is expected. */
  readonly mute: Muted | null;
  /** That of its values on the page, where its format gives none. */
  readonly unit: string | null;
  readonly env: Readonly<Record<string, string>>;
  readonly origins: SettingOrigins;
};

/**
 * The settings of `[directory:NAME]`: a directory of another system's plugins. `intervalS` null:
 * every tick.
 */
export type DirectorySettings = {
  readonly path: string;
  readonly enabled: boolean;
  readonly intervalS: number | null;
  readonly format: FormatName;
  readonly env: Readonly<Record<string, string>>;
  readonly origins: SettingOrigins;
};

/** The places where the keys of a section were written, such as `/etc/x.ini:7`, by their names. */
export type SettingOrigins = ReadonlyMap<string, string>;

/**
 * How one plugin is run: its own settings, then those of its directory. `intervalS` null: every
 * tick.
 */
export type RunSettings = Omit<PluginSettings, 'format' | 'command' | 'origins'> & { readonly format: FormatName };

/** What one plugin may take of the host before the agent holds back. Keys of `[scripts]`. */
export type Bounds = {
  /** With this many processes that its runs left behind, a plugin is not run. */
  readonly maxLeftovers: number;
  /** How many samples of a run are sent. */
  readonly maxSamples: number;
  /** How many different metric names a plugin may have within a day. */
  readonly maxNames: number;
  /** How much a plugin may write to stderr within an hour and have logged. */
  readonly maxStderrBytes: number;
};

/** A level of the log: events of this level and of graver ones are logged. */
export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';

/** How samples of counters go to the collector: as they are, or by how much they grew. */
export type CountersAs = 'gauge' | 'increment';

/** The whole configuration, made of flags, environment, files and defaults. Paths are absolute. */
export type Config = {
  readonly hostname: string;
  /** True: no name is configured. `hostname` is the system's, and changes with it. */
  readonly isSystemHostname: boolean;
  readonly reportIntervalS: number;
  readonly stateDir: string;
  /** The directory for the FIFOs of plugin runs; null: the state directory. */
  readonly tempDir: string | null;
  /** The file that holds the agent's process id. */
  readonly pidFile: string;
  /** How many plugins run at a time; `auto`: as the host's load allows. */
  readonly maxConcurrency: number | 'auto';
  readonly overdueAfterMs: number;
  readonly stopGraceMs: number;
  /**
   * Whether each plugin has a moment of its own within the interval, instead of starting at the
   * tick.
   */
  readonly spread: boolean;
  readonly hostMetrics: boolean;
  /** Whether the agent's own counters are sent as `HOST.instrument_server.*`. */
  readonly selfMetrics: boolean;
  /** Whether the state of each plugin, and what its runs take, is sent as metrics. */
  readonly pluginMetrics: boolean;
  readonly collector: {
    /**
     * Null: nothing is sent to the collector. If there is no other sink, samples go to the
     * console.
     */
    readonly apiKey: ApiKey | null;
    readonly address: CollectorAddress;
    /** A PEM file of certificate authorities; null: the well-known ones. */
    readonly tlsCa: string | null;
    readonly tlsVerify: boolean;
    readonly counters: CountersAs;
    /** Whether starts of the agent, and what becomes of plugins, are sent as notices. */
    readonly notices: boolean;
    /** Null: connections go straight to the collector. */
    readonly proxy: ProxySettings | null;
  };
  readonly scripts: {
    readonly enabled: boolean;
    readonly location: string;
    /** True: the location is the default one. The agent makes it if it is missing. */
    readonly isDefaultLocation: boolean;
    readonly maxOutputBytes: number;
    /** The format of a script that sets none of its own. */
    readonly format: FormatName;
    /** No group may write a folder above the location, or above a link's target. */
    readonly isStrict: boolean;
    /** Variables of the agent's own environment that plugins don't get. */
    readonly withheldEnv: readonly string[];
  };
  readonly bounds: Bounds;
  /** Sinks in addition to the collector; null: there is no such sink. */
  readonly sinks: {
    readonly graphite: GraphiteSettings | null;
    readonly influx: InfluxSettings | null;
    readonly otlp: OtlpSettings | null;
    readonly prometheus: PrometheusSettings | null;
  };
  readonly spool: { readonly maxSizeBytes: number };
  readonly env: Readonly<Record<string, string>>;
  readonly plugins: ReadonlyMap<string, PluginSettings>;
  /** By their names. */
  readonly directories: ReadonlyMap<string, DirectorySettings>;
  readonly dashboard: {
    readonly isEnabled: boolean;
    readonly listen: ListenAddress;
    /** How long samples are kept for the page; 0: none are kept. */
    readonly historyS: number;
    readonly maxSizeBytes: number;
    /** Whether `/metrics` is served. */
    readonly metrics: boolean;
    /** Whether a wall screen has a link of its own. */
    readonly wall: boolean;
  };
  readonly log: {
    readonly level: LogLevel;
    /** Null: stdout. */
    readonly location: string | null;
    readonly maxSizeBytes: number;
  };
};

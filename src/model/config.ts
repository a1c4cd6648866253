/** Where Instrumental's collector listens. */
export type CollectorAddress = { readonly host: string; readonly port: number; readonly tls: boolean };

/** Where the agent itself listens; port 0: any free one. */
export type ListenAddress = { readonly host: string; readonly port: number };

/** The customer's key and where it came from, as a user would say it: `the flag -k`, `/etc/instrument_server.ini:4`. */
export type ApiKey = { readonly key: string; readonly origin: string };

/** How a server's certificate is checked. `caFile`: a PEM file of authorities, null: the well-known ones. */
export type TlsSettings = { readonly caFile: string | null; readonly verify: boolean };

/** What `[sink:graphite]` says: a Carbon server that takes the plaintext protocol. */
export type GraphiteSettings = { readonly address: CollectorAddress; readonly tls: TlsSettings };

/** What `[sink:influx]` says. `url` has no path behind its last `/`; `origin` of the login is where the secret came from. */
export type InfluxSettings = {
  readonly url: string;
  readonly into:
    | { readonly kind: 'database'; readonly database: string }
    | { readonly kind: 'bucket'; readonly bucket: string; readonly org: string | null };
  readonly login:
    | { readonly kind: 'none' }
    | { readonly kind: 'token'; readonly token: string; readonly origin: string }
    | { readonly kind: 'password'; readonly username: string; readonly password: string; readonly origin: string };
  readonly tls: TlsSettings;
};

/** What `[sink:otlp]` says. `url` is where metrics are posted to, its path included; `headers` may hold secrets, `headersOrigin` is where they came from. */
export type OtlpSettings = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly headersOrigin: string | null;
  readonly serviceName: string;
  readonly tls: TlsSettings;
};

/** What `[plugin:NAME]` says. `intervalS` null: every tick. `NAME` is a plugin's name or its file name; the file name wins. */
export type PluginSettings = {
  readonly enabled: boolean;
  readonly intervalS: number | null;
  readonly env: Readonly<Record<string, string>>;
};

/** How much is told: everything at this level and above it. */
export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';

/** The whole configuration after flags, environment, files and defaults were laid over each other. Paths are absolute. */
export type Config = {
  readonly hostname: string;
  readonly reportIntervalS: number;
  readonly stateDir: string;
  /** Where the pipes of plugin runs are made; null: in the state directory. */
  readonly tempDir: string | null;
  /** Where the agent keeps its process id. */
  readonly pidFile: string;
  readonly maxConcurrency: number;
  readonly overdueAfterMs: number;
  readonly stopGraceMs: number;
  /** Whether plugins run, and the host is measured, at moments of their own within the interval, instead of at the tick. */
  readonly spread: boolean;
  readonly hostMetrics: boolean;
  /** Whether the agent's own counters are sent as `HOST.instrument_server.*`. */
  readonly selfMetrics: boolean;
  readonly collector: {
    /** Null: no key, so nothing is sent there; where no other sink is asked for either, samples go to the console. */
    readonly apiKey: ApiKey | null;
    readonly address: CollectorAddress;
    /** A PEM file of certificate authorities; null: the well-known ones. */
    readonly tlsCa: string | null;
    readonly tlsVerify: boolean;
  };
  readonly scripts: {
    readonly enabled: boolean;
    readonly location: string;
    /** True: the location is the default one and is made when missing. */
    readonly isDefaultLocation: boolean;
    readonly maxOutputBytes: number;
  };
  /** Null: not asked for. Several at once, beside the collector. */
  readonly sinks: {
    readonly graphite: GraphiteSettings | null;
    readonly influx: InfluxSettings | null;
    readonly otlp: OtlpSettings | null;
  };
  readonly spool: { readonly maxSizeBytes: number };
  readonly env: Readonly<Record<string, string>>;
  readonly plugins: ReadonlyMap<string, PluginSettings>;
  readonly dashboard: {
    readonly isEnabled: boolean;
    readonly listen: ListenAddress;
    /** How long samples are kept for it; 0: not at all. */
    readonly historyS: number;
    readonly maxSizeBytes: number;
    /** Whether `/metrics` is served. */
    readonly metrics: boolean;
  };
  readonly log: {
    readonly level: LogLevel;
    /** Null: stdout. */
    readonly location: string | null;
    readonly maxSizeBytes: number;
  };
};

import type { Config, RemoteWriteVersion } from '../model/config.ts';
import { fixed, none } from './defaults.ts';
import * as network from './network-values.ts';
import { environmentProxySays } from './proxy-environment.ts';
import type { SectionName } from './sections.ts';
import { type Setting, setting } from './setting.ts';
import * as values from './values.ts';
import { compression, otlpEncoding, remoteWriteVersion } from './word-values.ts';

const required = none('none; it must be set');

/**
 * The keys of `[sink:…]`, a part of the one table. The keys of one sink depend on each other:
 * `resolve-sinks.ts` makes `config.sinks.influx` of the rows of `sinkSettings.influx`, and so on.
 */
export const sinkSettings = {
  graphite: {
    address: setting('sink:graphite', 'address', {
      kind: network.carbonAddress,
      default: required,
      example: 'address = graphite.example.com',
      does: 'The server; the default port is 2003, and TLS is used only with `tls://`.',
    }),
    ...tlsRows('sink:graphite', 'tls://'),
  },
  influx: {
    url: setting('sink:influx', 'url', {
      kind: network.url,
      default: required,
      example: 'url = http://influx.example.com:8086',
      does: 'The server; the agent adds the path of the write address.',
    }),
    database: setting('sink:influx', 'database', {
      kind: values.name,
      default: none('none'),
      example: 'database = telegraf',
      does: 'The database of an InfluxDB 1; either this or `bucket` must be set.',
    }),
    bucket: setting('sink:influx', 'bucket', {
      kind: values.name,
      default: none('none'),
      example: 'bucket = hosts',
      does: 'The bucket of an InfluxDB 2.',
    }),
    org: setting('sink:influx', 'org', {
      kind: values.name,
      default: none('none'),
      example: 'org = example',
      does: 'The organization that the bucket belongs to; an InfluxDB 2 needs it.',
    }),
    ...loginRows('sink:influx'),
    ...tlsRows('sink:influx', 'https://'),
    ...compressionRow('sink:influx'),
    ...proxyRow('sink:influx'),
  },
  otlp: {
    url: setting('sink:otlp', 'url', {
      kind: network.url,
      default: required,
      example: 'url = http://otel-collector.example.com:4318',
      does: 'The server; the agent adds `/v1/metrics` if the URL has no path.',
    }),
    encoding: setting('sink:otlp', 'encoding', {
      kind: otlpEncoding,
      default: fixed('json'),
      example: 'encoding = protobuf',
      does:
        'How samples are written: `protobuf`, which every known server accepts, ' +
        'or `json`, which the agent has always written without this key.',
    }),
    headers: headersRow('sink:otlp', 'headers = authorization=Bearer%20YOUR_TOKEN'),
    serviceName: setting('sink:otlp', 'service_name', {
      kind: values.name,
      default: fixed('instrument_server'),
      does: "The resource attribute `service.name` of every metric; `host.name` is the agent's `hostname`.",
    }),
    ...tlsRows('sink:otlp', 'https://'),
    ...compressionRow('sink:otlp'),
    ...proxyRow('sink:otlp'),
  },
  prometheus: {
    url: setting('sink:prometheus', 'url', {
      kind: network.url,
      default: required,
      example: 'url = http://prometheus.example.com:9090',
      does: 'The server; the agent adds `/api/v1/write` if the URL has no path.',
    }),
    version: setting('sink:prometheus', 'version', {
      kind: remoteWriteVersion,
      default: fixed<RemoteWriteVersion>('1.0'),
      does:
        'The version of remote write; with `2.0` samples have their units and kinds, ' +
        'and a server that does not speak it gets 1.0.',
    }),
    ...loginRows('sink:prometheus'),
    headers: headersRow('sink:prometheus', 'headers = X-Scope-OrgID=team-a'),
    ...tlsRows('sink:prometheus', 'https://'),
    ...proxyRow('sink:prometheus'),
  },
} satisfies { readonly [Sink in keyof Config['sinks']]: Readonly<Record<string, Setting<unknown>>> };

function loginRows(section: SectionName) {
  return {
    token: setting(section, 'token', {
      kind: values.secret,
      default: none('none'),
      example: 'token = YOUR_TOKEN',
      does: 'A token that may write to it; a file that holds it should have mode 0600.',
    }),
    username: setting(section, 'username', {
      kind: values.name,
      default: none('none'),
      example: 'username = agent',
      does: 'A user that may write to it, if the server uses passwords instead of tokens.',
    }),
    password: setting(section, 'password', {
      kind: values.password,
      default: none('none'),
      example: 'password = YOUR_PASSWORD',
      does: "The user's password; a file that holds it should have mode 0600.",
    }),
  };
}

function headersRow(section: SectionName, example: string) {
  return setting(section, 'headers', {
    kind: network.headers,
    default: none('none'),
    example,
    does:
      'Headers of every request, such as a token that the server requires; ' +
      'a file that holds one should have mode 0600.',
  });
}

function tlsRows(section: SectionName, scheme: string) {
  return {
    tlsCa: setting(section, 'tls_ca', {
      kind: values.path,
      default: none('the authorities that Node.js trusts'),
      example: 'tls_ca = /etc/ssl/certs/our-own-ca.pem',
      does:
        'A PEM file of certificate authorities, for use with ' +
        `\`${scheme}\`; one of them must have signed the server's certificate.`,
    }),
    tlsVerify: setting(section, 'tls_verify', {
      kind: values.boolean,
      default: fixed(true),
      does:
        `Whether the server's certificate is verified, for use with \`${scheme}\`; ` +
        'if not, others on the network can read what is sent.',
    }),
  };
}

function compressionRow(section: SectionName) {
  return {
    compression: setting(section, 'compression', {
      kind: compression,
      default: fixed('none'),
      example: 'compression = gzip',
      does:
        'Whether requests of more than 1 KiB are compressed; a server that does not accept that is sent ' +
        'uncompressed requests.',
    }),
  };
}

function proxyRow(section: SectionName) {
  return {
    proxy: setting(section, 'proxy', {
      kind: network.proxy,
      default: none(environmentProxySays),
      example: 'proxy = http://proxy.example.com:3128',
      does:
        'The HTTP proxy through which requests go to the server, or `none`; ' +
        'a file that holds its password should have mode 0600.',
    }),
  };
}

import * as network from './network-values.ts';
import { type SectionName, setting } from './setting.ts';
import * as values from './values.ts';

const required = 'none; it must be given';

/** The keys of `[sink:…]`, a part of the one table. */
export const sinkSettings = {
  graphiteAddress: setting('sink:graphite', 'address', network.carbonAddress, null, {
    defaultSays: required,
    example: 'address = graphite.example.com',
    does: 'The server; the port is 2003 unless given, and TLS is used only behind `tls://`.',
  }),
  graphiteTlsCa: tlsCa('sink:graphite', 'tls://'),
  graphiteTlsVerify: tlsVerify('sink:graphite', 'tls://'),
  influxUrl: setting('sink:influx', 'url', network.url, null, {
    defaultSays: required,
    example: 'url = http://influx.example.com:8086',
    does: 'The server; the path of the write address is added to it.',
  }),
  influxDatabase: setting('sink:influx', 'database', values.name, null, {
    defaultSays: 'none',
    example: 'database = telegraf',
    does: 'The database of an InfluxDB 1; either this or `bucket` must be given.',
  }),
  influxBucket: setting('sink:influx', 'bucket', values.name, null, {
    defaultSays: 'none',
    example: 'bucket = hosts',
    does: 'The bucket of an InfluxDB 2.',
  }),
  influxOrg: setting('sink:influx', 'org', values.name, null, {
    defaultSays: 'none',
    example: 'org = example',
    does: 'The organization that the bucket belongs to; an InfluxDB 2 needs it.',
  }),
  influxToken: setting('sink:influx', 'token', values.secret, null, {
    defaultSays: 'none',
    example: 'token = YOUR_TOKEN',
    does: 'The token that may write there; a file that holds it should have mode 0600.',
  }),
  influxUsername: setting('sink:influx', 'username', values.name, null, {
    defaultSays: 'none',
    example: 'username = agent',
    does: 'The user that may write there, for a server with passwords instead of tokens.',
  }),
  influxPassword: setting('sink:influx', 'password', values.password, null, {
    defaultSays: 'none',
    example: 'password = YOUR_PASSWORD',
    does: "The user's password; a file that holds it should have mode 0600.",
  }),
  influxTlsCa: tlsCa('sink:influx', 'https://'),
  influxTlsVerify: tlsVerify('sink:influx', 'https://'),
  otlpUrl: setting('sink:otlp', 'url', network.url, null, {
    defaultSays: required,
    example: 'url = http://otel-collector.example.com:4318',
    does: 'The server; `/v1/metrics` is added where the URL has no path.',
  }),
  otlpHeaders: setting('sink:otlp', 'headers', network.headers, null, {
    defaultSays: 'none',
    example: 'headers = authorization=Bearer%20YOUR_TOKEN',
    does: 'Headers of every request, such as the token that a server asks for; a file that holds one should have mode 0600.',
  }),
  otlpServiceName: setting('sink:otlp', 'service_name', values.name, 'instrument_server', {
    does: "The resource attribute `service.name` of every metric; `host.name` is the agent's `hostname`.",
  }),
  otlpTlsCa: tlsCa('sink:otlp', 'https://'),
  otlpTlsVerify: tlsVerify('sink:otlp', 'https://'),
};

function tlsCa(section: SectionName, scheme: string) {
  return setting(section, 'tls_ca', values.path, null, {
    defaultSays: 'the authorities that Node.js trusts',
    example: 'tls_ca = /etc/ssl/certs/our-own-ca.pem',
    does: `A PEM file of certificate authorities that may vouch for the server's certificate, behind \`${scheme}\`.`,
  });
}

function tlsVerify(section: SectionName, scheme: string) {
  return setting(section, 'tls_verify', values.boolean, true, {
    does: `Whether the server's certificate is verified, behind \`${scheme}\`; without it anyone on the way can read what is sent.`,
  });
}

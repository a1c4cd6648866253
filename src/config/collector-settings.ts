import type { Config, CountersAs } from '../model/config.ts';
import { fixed, none, workedOut } from './defaults.ts';
import * as network from './network-values.ts';
import { environmentProxySays } from './proxy-environment.ts';
import { type Rows, setting } from './setting.ts';
import * as values from './values.ts';
import { counters } from './word-values.ts';

/** The keys of `[collector]`, a part of the one table. */
export const collectorSettings = {
  apiKey: setting('collector', 'api_key', {
    kind: values.apiKey,
    default: none('none'),
    example: 'api_key = YOUR_API_KEY',
    does: "Your project's key; a file that holds it should have mode 0600.",
    flag: { short: '-k', long: '--api_key', argument: 'KEY' },
    variable: 'INSTRUMENTAL_TOKEN',
    compared: ({ collector }) => collector.apiKey?.key,
  }),
  address: setting('collector', 'address', {
    kind: network.collectorAddress,
    default: fixed({ host: 'collector.instrumentalapp.com', port: 8001, tls: true }),
    does: 'The collector; the default port is 8001, and TLS is used unless the port is 8000.',
    flag: { short: '-c', long: '--collector', argument: 'HOST[:PORT]' },
  }),
  tlsCa: setting('collector', 'tls_ca', {
    kind: values.path,
    default: none('the authorities that Node.js trusts'),
    example: 'tls_ca = /etc/ssl/certs/our-own-ca.pem',
    does: "A PEM file of certificate authorities; one of them must have signed the collector's certificate.",
  }),
  tlsVerify: setting('collector', 'tls_verify', {
    kind: values.boolean,
    default: fixed(true),
    does: "Whether the collector's certificate is verified; if not, others on the network can read your key.",
  }),
  counters: setting('collector', 'counters', {
    kind: counters,
    default: fixed<CountersAs>('gauge'),
    example: 'counters = increment',
    does:
      'How samples of counters are sent: `gauge` sends the count, `increment` by how much it grew; ' +
      'a format declares what is a counter.',
  }),
  notices: setting('collector', 'notices', {
    kind: values.boolean,
    default: fixed(false),
    does:
      'Whether notices are sent, too: the agent was started, a script was changed, ' +
      'a plugin fails or hangs or is well again.',
  }),
  proxy: setting('collector', 'proxy', {
    kind: network.proxy,
    default: workedOut(environmentProxySays, ({ collectorProxy }) => collectorProxy()),
    example: 'proxy = http://proxy.example.com:3128',
    does:
      'The HTTP proxy through which the agent connects to the collector, or `none`; ' +
      'a file that holds its password should have mode 0600.',
    compared: ({ collector: { proxy } }) => proxy && { ...proxy, origin: null },
  }),
} satisfies Rows<Config['collector']>;

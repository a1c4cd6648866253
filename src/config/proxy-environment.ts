import type { HttpTarget } from '../io/net/http-request.ts';
import { isExemptFromProxy } from '../io/net/no-proxy.ts';
import type { ProxySettings } from '../model/config.ts';
import { proxy } from './network-values.ts';

/** The default of a key that names a proxy, in words. */
export const environmentProxySays =
  'the one that `https_proxy`, `http_proxy` or `all_proxy` of the environment names, if any';

/**
 * Returns the proxy that the environment names for a server; null: none. `isTls`: it is one of
 * `https_proxy`, not of `http_proxy`. Never throws.
 */
export type EnvironmentProxyFinder = (server: Pick<HttpTarget, 'host' | 'port' | 'isTls'>) => ProxySettings | null;

/** The variables that are looked at, the first one that is not empty first. */
const variables = {
  // Not HTTP_PROXY: in a CGI program that is a header of the request, which anyone can send.
  plain: ['http_proxy', 'all_proxy', 'ALL_PROXY'],
  secure: ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'],
  exempt: ['no_proxy', 'NO_PROXY'],
} as const;

/**
 * Makes a finder of proxies for an environment. `warnings` are sentences about variables that were
 * looked at and do not name an HTTP proxy; they count as if they were not set.
 */
export function findEnvironmentProxies(env: Readonly<Record<string, string | undefined>>): {
  readonly find: EnvironmentProxyFinder;
  readonly warnings: () => readonly string[];
} {
  const warnings = new Set<string>();
  const textOf = (name: string) => env[name]?.trim() ?? '';
  const isSet = (name: string) => textOf(name) !== '';

  const find: EnvironmentProxyFinder = (server) => {
    const name = (server.isTls ? variables.secure : variables.plain).find(isSet);
    if (name === undefined || isExemptFromProxy(textOf(variables.exempt.find(isSet) ?? ''), server)) return null;
    const text = textOf(name);
    const origin = `the environment variable ${name}`;
    const parsed = proxy.parse(text.includes('://') ? text : `http://${text}`, { folder: '/', home: '/', origin });
    if (parsed.ok) return parsed.value;
    warnings.add(`${origin} is ignored: ${parsed.error.wrong}; ${parsed.error.expected}, or write a key proxy`);
    return null;
  };

  return { find, warnings: () => [...warnings] };
}

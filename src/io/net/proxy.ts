/** What an HTTP proxy is sent, and its troubles in words: as those of the proxy, not the server. */
import type { ProxySettings } from '../../model/config.ts';
import { formatHostPort } from '../../words/addresses.ts';
import { visibleInQuotes } from '../../words/visible.ts';
import { codeOf } from '../errors.ts';
import { type ConnectionFailure, explainConnectionFailure, type PeerWords } from './connection-failure.ts';

const proxyWords: PeerWords = { what: 'proxy', plain: 'http://', secure: 'https://' };

const longestPhrase = 80;

/** Returns the headers that log in to a proxy; none if there is no login. */
export function proxyHeaders({ login }: ProxySettings): Readonly<Record<string, string>> {
  return login === null ? {} : { 'proxy-authorization': `Basic ${basicOf(login)}` };
}

/** Returns what no message may hold of the login to a proxy; empty: there is no login. */
export function proxySecrets(proxy: ProxySettings | null): readonly string[] {
  return proxy?.login ? [proxy.login.password, basicOf(proxy.login)] : [];
}

/** Returns the end of a sentence about a connection through a proxy; empty: there is none. */
export function throughProxy(proxy: ProxySettings | null): string {
  return proxy === null ? '' : ` through the proxy ${formatHostPort(proxy)}`;
}

/** Explains why a proxy can't be reached, or why the connection broke before it answered. */
export function explainProxyFailure(error: unknown, proxy: ProxySettings): ConnectionFailure {
  const code = codeOf(error);
  if (code === 'ECONNRESET' || code === 'EPIPE')
    return { code, detail: `the proxy ${formatHostPort(proxy)} broke off the connection before it answered (${code})` };
  return explainConnectionFailure(error, proxy, { isOpen: false, isTls: false }, proxyWords);
}

/**
 * Explains an answer by which a proxy did not pass a request on to `where`. `phrase` is the text
 * behind the status. No message holds the login, even if the proxy sends it back.
 */
export function explainProxyAnswer(
  status: number,
  phrase: string,
  proxy: ProxySettings,
  where: string,
): ConnectionFailure {
  const code = 'ERR_PROXY_ANSWER';
  const address = formatHostPort(proxy);
  if (status === 407) {
    const detail =
      proxy.login === null
        ? `the proxy ${address} asks for a name and a password: proxy = http://USER:PASSWORD@${address}`
        : `the proxy ${address} refuses the name and the password from ${proxy.origin}; correct them`;
    return { code, detail };
  }
  const said = `the proxy ${address} answered ${status}${quotePhrase(phrase, proxy)} to CONNECT ${where}`;
  const remedy =
    status < 500 ? `it must let the agent through to ${where}` : `it does not reach ${where}, or not at the moment`;
  return { code, detail: `${said}; ${remedy}` };
}

function quotePhrase(phrase: string, proxy: ProxySettings): string {
  const secrets = proxySecrets(proxy).flatMap((secret) => [secret, encodeURIComponent(secret)]);
  const isSafe = !secrets.some((secret) => secret !== '' && phrase.includes(secret));
  return phrase === '' || !isSafe ? '' : ` (${visibleInQuotes(phrase.slice(0, longestPhrase))})`;
}

function basicOf({ username, password }: NonNullable<ProxySettings['login']>): string {
  return Buffer.from(`${username}:${password}`).toString('base64');
}

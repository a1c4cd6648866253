import { createHash, timingSafeEqual } from 'node:crypto';
import type { Handle, HttpReply, IncomingRequest } from '../io/net/http-server.ts';
import { contentSecurityPolicy, textReply } from './reply.ts';
import { unauthorizedReply } from './unauthorized.ts';

/**
 * The token that a request must carry, and the host names that it may address. IP addresses and
 * `localhost` are always allowed. `linkCommand` prints the link with the token in a shell.
 */
export type GuardOptions = {
  readonly token: string;
  readonly hosts: () => readonly string[];
  readonly linkCommand: string;
};

const headers = {
  'content-security-policy': contentSecurityPolicy("'self'"),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
};

/**
 * Passes on the requests that carry the token: in the query (`?token=`), in the header
 * `Authorization: Bearer`, or in the cookie that `/?token=` sets. Before that, `Host` must be one
 * of `hosts`, so that a name which an attacker points at this machine does not work, and `Origin`,
 * if it is sent, must match `Host`.
 */
export function guarded(handle: Handle, { token, hosts, linkCommand }: GuardOptions): Handle {
  // Cookies are shared by all ports of a host, so the name differs for each agent.
  const cookie = `instrument_server_${digest(token).toString('hex').slice(0, 8)}`;
  return async (request) => withHeaders(await answer(request));

  function answer(request: IncomingRequest): HttpReply | Promise<HttpReply> {
    if (!isOurHost(request.headers['host'], hosts()))
      return textReply(403, 'the page is not served under this host name; use localhost or the IP address');
    if (!isOwnOrigin(request.headers)) return textReply(403, 'requests from other pages are refused');
    const given = request.query.get('token');
    if (given !== undefined && isSame(given, token)) return request.path === '/' ? loggedIn() : handle(request);
    const others = [bearerOf(request.headers['authorization']), cookieOf(request.headers['cookie'], cookie)];
    if (others.some((other) => other !== null && isSame(other, token))) return handle(request);
    return unauthorizedReply(request.headers['accept'], linkCommand);
  }

  function loggedIn(): HttpReply {
    return textReply(303, 'continue at /', {
      location: '/',
      'set-cookie': `${cookie}=${token}; HttpOnly; SameSite=Strict; Path=/; Max-Age=31536000`,
    });
  }
}

function withHeaders(reply: HttpReply): HttpReply {
  return { ...reply, headers: { ...headers, ...reply.headers } };
}

/** IP addresses are always allowed: no attacker can make one of them lead to this machine. */
function isOurHost(host: string | undefined, hosts: readonly string[]): boolean {
  const name = /^(\[[\da-f:.]+\]|[\w.-]+)(?::\d{1,5})?$/i.exec(host ?? '')?.[1]?.toLowerCase();
  if (name === undefined) return false;
  return name.startsWith('[') || /^\d{1,3}(\.\d{1,3}){3}$/.test(name) || name === 'localhost' || hosts.includes(name);
}

function isOwnOrigin({ origin, host }: IncomingRequest['headers']): boolean {
  return origin === undefined || origin.toLowerCase() === `http://${host?.toLowerCase()}`;
}

function bearerOf(authorization: string | undefined): string | null {
  return /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1] ?? null;
}

function cookieOf(cookies: string | undefined, name: string): string | null {
  const pairs = (cookies ?? '').split(';').map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1) ?? null;
}

/** Compares in constant time, so that the time of an answer reveals nothing about the token. */
function isSame(given: string, token: string): boolean {
  return timingSafeEqual(digest(given), digest(token));
}

function digest(word: string): Buffer {
  return createHash('sha256').update(word).digest();
}

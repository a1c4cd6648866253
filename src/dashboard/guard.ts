import { createHash, timingSafeEqual } from 'node:crypto';
import type { Handle, HttpReply, IncomingRequest } from '../io/net/http-server.ts';
import { contentSecurityPolicy, textReply } from './reply.ts';
import { unauthorizedReply, wallRefusedReply } from './unauthorized.ts';

/** A token that opens the wall's routes only, and what answers there. */
export type WallAccess = { readonly token: string; readonly handle: Handle };

/**
 * The token that a request must carry, and the host names that it may address. IP addresses and
 * `localhost` are always allowed. `wall` null: there is no wall now. `linkCommand` prints the link
 * with the token in a shell.
 */
export type GuardOptions = {
  readonly token: string;
  readonly wall: () => WallAccess | null;
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
 *
 * The wall's routes are at `/wall`, for both tokens. A request that carries only the wall's token
 * gets them at every path: `handle` never sees it. A refusal at the wall's paths names no command
 * and no path: a screen on which others look may show it.
 */
export function guarded(handle: Handle, { token, hosts, linkCommand, ...options }: GuardOptions): Handle {
  return async (request) => withHeaders(await answer(request));

  function answer(request: IncomingRequest): HttpReply | Promise<HttpReply> {
    if (!isOurHost(request.headers['host'], hosts()))
      return textReply(403, 'the page is not served under this host name; use localhost or the IP address');
    if (!isOwnOrigin(request.headers)) return textReply(403, 'requests from other pages are refused');
    const wall = options.wall();
    const given = request.query.get('token') ?? '';
    if (request.path === '/' && isSame(given, token)) return loggedIn(token, '/');
    if (wall && (request.path === '/' || request.path === wallPath) && isSame(given, wall.token))
      return loggedIn(wall.token, wallPath);
    const [isFull, isOfWall] = [carries(request, token), wall !== null && carries(request, wall.token)];
    if (isFull && (wall === null || !isWallPath(request.path))) return handle(request);
    if (wall && (isFull || isOfWall)) return wall.handle({ ...request, path: pathOnWall(request.path) });
    return isWallPath(request.path) ? wallRefusedReply() : unauthorizedReply(request.headers['accept'], linkCommand);
  }
}

const wallPath = '/wall';

function isWallPath(path: string): boolean {
  return path === wallPath || path.startsWith(`${wallPath}/`);
}

/** The path as the wall's routes know it: without `/wall`. */
function pathOnWall(path: string): string {
  return isWallPath(path) ? path.slice(wallPath.length) || '/' : path;
}

function loggedIn(token: string, location: string): HttpReply {
  return textReply(303, `continue at ${location}`, {
    location,
    'set-cookie': `${cookieNameOf(token)}=${token}; HttpOnly; SameSite=Strict; Path=/; Max-Age=31536000`,
  });
}

function carries({ query, headers }: IncomingRequest, token: string): boolean {
  const given = [
    query.get('token') ?? null,
    bearerOf(headers['authorization']),
    cookieOf(headers['cookie'], cookieNameOf(token)),
  ];
  return given.some((each) => each !== null && isSame(each, token));
}

/** Cookies are shared by all ports of a host, so the name differs for each agent and each token. */
function cookieNameOf(token: string): string {
  return `instrument_server_${digest(token).toString('hex').slice(0, 8)}`;
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

import { createHash, timingSafeEqual } from 'node:crypto';
import type { Handle, HttpReply, IncomingRequest } from '../io/net/http-server.ts';
import { textReply } from './reply.ts';

/** Who may ask: whoever has the token. `hosts` are the names under which the server may be asked, beside addresses in digits. */
export type GuardOptions = { readonly token: string; readonly hosts: readonly string[] };

const headers = {
  'content-security-policy':
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
};

/**
 * Lets through who has the token: in the address (`?token=`), as `Authorization: Bearer`, or in the cookie that the address gives on `/`. First the `Host` must be one
 * of ours, so that no name that somebody points at this machine will do, and the `Origin`, where there is one, the same.
 */
export function guarded(handle: Handle, { token, hosts }: GuardOptions): Handle {
  const cookie = `instrument_server_${digest(token).toString('hex').slice(0, 8)}`; // cookies know no ports: two agents on one host have two
  return async (request) => withHeaders(await answer(request));

  function answer(request: IncomingRequest): HttpReply | Promise<HttpReply> {
    if (!isOurHost(request.headers['host'], hosts))
      return textReply(403, 'the page is not served under this name; ask for localhost or the address in digits');
    if (!isOwnOrigin(request.headers)) return textReply(403, 'the page is not there for other pages');
    const given = request.query.get('token');
    if (given !== undefined && isSame(given, token)) return request.path === '/' ? loggedIn() : handle(request);
    const others = [bearerOf(request.headers['authorization']), cookieOf(request.headers['cookie'], cookie)];
    if (others.some((other) => other !== null && isSame(other, token))) return handle(request);
    return textReply(
      401,
      'the token is missing or wrong; open the link that the agent has logged at its start (…/?token=…)',
      {
        'www-authenticate': 'Bearer',
      },
    );
  }

  function loggedIn(): HttpReply {
    return textReply(303, 'go on at /', {
      location: '/',
      'set-cookie': `${cookie}=${token}; HttpOnly; SameSite=Strict; Path=/; Max-Age=31536000`,
    });
  }
}

function withHeaders(reply: HttpReply): HttpReply {
  return { ...reply, headers: { ...headers, ...reply.headers } };
}

/** An address in digits can't be pointed at this machine by somebody else; a name can. */
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

/** Takes as long for every wrong one. */
function isSame(given: string, token: string): boolean {
  return timingSafeEqual(digest(given), digest(token));
}

function digest(word: string): Buffer {
  return createHash('sha256').update(word).digest();
}

import type { HttpReply } from '../io/net/http-server.ts';
import type { Walk } from '../model/walk.ts';

/** Returns a reply with a JSON document. */
export function jsonReply(document: unknown): HttpReply {
  return { status: 200, headers: jsonHeaders, body: `${JSON.stringify(document)}\n` };
}

const jsonHeaders = { 'content-type': 'application/json; charset=utf-8' };
const itemsAStep = 50;
const comma = Buffer.from(',');

/**
 * Returns a reply with the JSON text of a list, which may be long, between two texts. An item is
 * let go as soon as its text is made: thousands that live until the end would cost V8 more than
 * their text.
 */
export function* listReplyWalk(items: Iterable<unknown>, [before, after] = ['', '']): Walk<HttpReply> {
  const parts: Uint8Array[] = [Buffer.from(`${before}[`)];
  let some: unknown[] = [];
  for (const item of items) {
    some.push(item);
    if (some.length < itemsAStep) continue;
    parts.push(listed(some), comma);
    some = [];
    yield;
  }
  if (some.length > 0) parts.push(listed(some));
  else if (parts.length > 1) parts.pop(); // the last comma
  parts.push(Buffer.from(`]${after}\n`));
  return { status: 200, headers: jsonHeaders, parts };
}

/**
 * The JSON text of items, without the brackets. It is cut as bytes: a text that was cut is copied
 * once more.
 */
function listed(items: readonly unknown[]): Uint8Array {
  return Buffer.from(JSON.stringify(items)).subarray(1, -1);
}

/** Returns the JSON text of a status, given that of its plugins. */
export function statusJson(agent: object, plugins: string): string {
  const [before, after] = aroundPlugins(agent);
  return `${before}${plugins}${after}`;
}

/** Returns the JSON text of a status before and behind that of its plugins. */
export function aroundPlugins(agent: object): [before: string, after: string] {
  return [`${JSON.stringify(agent).slice(0, -1)},"plugins":`, '}'];
}

/** Returns a reply with one line of text. */
export function textReply(status: number, line: string, headers: Readonly<Record<string, string>> = {}): HttpReply {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8', ...headers }, body: `${line}\n` };
}

/** Returns the policy of a reply: nothing is loaded from elsewhere. `styles` are allowed styles. */
export function contentSecurityPolicy(styles: string): string {
  return [
    "default-src 'self'",
    "script-src 'self'",
    `style-src ${styles}`,
    "img-src 'self' data:",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

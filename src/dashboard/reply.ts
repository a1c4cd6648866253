import type { HttpReply } from '../io/net/http-server.ts';
import type { Status } from '../model/status.ts';
import type { Walk } from '../model/walk.ts';

/** Returns a reply with a JSON document. */
export function jsonReply(document: unknown): HttpReply {
  return { status: 200, headers: jsonHeaders, body: `${JSON.stringify(document)}\n` };
}

const jsonHeaders = { 'content-type': 'application/json; charset=utf-8' };
const itemsAStep = 100;
const comma = Buffer.from(',');

/** Returns a reply with the JSON text of a list, which may be long, between two texts. */
export function* listReplyWalk(items: readonly unknown[], [before, after] = ['', '']): Walk<HttpReply> {
  const parts = [Buffer.from(`${before}[`)];
  for (let from = 0; from < items.length; from += itemsAStep) {
    if (from > 0) parts.push(comma);
    const list = Buffer.from(JSON.stringify(items.slice(from, from + itemsAStep)));
    parts.push(list.subarray(1, -1)); // cut as bytes: a text that was cut is copied once more
    yield;
  }
  parts.push(Buffer.from(`]${after}\n`));
  return { status: 200, headers: jsonHeaders, parts };
}

/** Returns the JSON text of a status, given that of its plugins. */
export function statusJson(status: Status, plugins: string): string {
  const [before, after] = aroundPlugins(status);
  return `${before}${plugins}${after}`;
}

/** Returns the JSON text of a status before and behind that of its plugins. */
export function aroundPlugins(status: Status): [before: string, after: string] {
  const key = '"plugins":'; // in no text within the document, where quotes have a backslash
  const [head = '', ...tail] = JSON.stringify({ ...status, plugins: [] }).split(`${key}[]`);
  return [`${head}${key}`, tail.join(`${key}[]`)];
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

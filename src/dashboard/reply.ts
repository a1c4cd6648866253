import type { HttpReply } from '../io/net/http-server.ts';
import type { Status } from '../model/status.ts';
import type { Walk } from '../model/walk.ts';

/** Returns a reply with a JSON document. */
export function jsonReply(document: unknown): HttpReply {
  return textOfJson(JSON.stringify(document));
}

/** Returns a reply with a JSON document that is a text already. */
export function textOfJson(json: string): HttpReply {
  return { status: 200, headers: { 'content-type': 'application/json; charset=utf-8' }, body: `${json}\n` };
}

const itemsAStep = 100;

/** Returns the JSON text of a list, which may be long. */
export function* listJsonWalk(items: readonly unknown[]): Walk<string> {
  let text = '[';
  for (let from = 0; from < items.length; from += itemsAStep) {
    const part = JSON.stringify(items.slice(from, from + itemsAStep)).slice(1, -1);
    text += from === 0 ? part : `,${part}`;
    yield;
  }
  return `${text}]`;
}

/** Returns the JSON text of a status, given that of its plugins. */
export function statusJson(status: Status, plugins: string): string {
  const before = '"plugins":'; // in no text within the document, where quotes have a backslash
  const [head = '', ...tail] = JSON.stringify({ ...status, plugins: [] }).split(`${before}[]`);
  return `${head}${before}${plugins}${tail.join(`${before}[]`)}`;
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

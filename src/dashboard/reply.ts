import type { HttpReply } from '../io/net/http-server.ts';

/** Returns a reply with a JSON document. */
export function jsonReply(document: unknown): HttpReply {
  return {
    status: 200,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: `${JSON.stringify(document)}\n`,
  };
}

/** Returns a reply with one line of text. */
export function textReply(status: number, line: string, headers: Readonly<Record<string, string>> = {}): HttpReply {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8', ...headers }, body: `${line}\n` };
}

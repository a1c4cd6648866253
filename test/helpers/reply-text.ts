import type { HttpReply } from '../../src/io/net/http-server.ts';

/** The text of an answer; null: it is a stream. */
export function replyText(reply: HttpReply): string | null {
  if ('parts' in reply) return Buffer.concat(reply.parts).toString();
  return 'body' in reply ? String(reply.body) : null;
}

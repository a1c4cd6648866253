import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { tlsFile } from './fake-collector.ts';

/** A request that arrived whole. `body` is `bytes` as UTF-8. */
export type FakeRequest = {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly bytes: Buffer;
};

/**
 * The server's answer. `never`: none, and the connection stays open; `reset`: it resets the
 * connection.
 */
export type FakeReply =
  | 'never'
  | 'reset'
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string };

/** An HTTP server that records what it receives. It answers 204 until `reply` is called. */
export type FakeHttpServer = {
  readonly port: number;
  /** Its address: `http://127.0.0.1:PORT` by default. */
  readonly url: string;
  /** The requests that were answered with a 2xx. */
  readonly accepted: readonly FakeRequest[];
  readonly requests: readonly FakeRequest[];
  /** Connections that are open now. */
  readonly open: ReadonlySet<Socket>;
  reply(reply: FakeReply | ((request: FakeRequest) => FakeReply)): void;
  /**
   * Resolves once `holds` gives true; looked at after every request, and when a connection opens
   * or ends.
   */
  until(holds: (server: FakeHttpServer) => boolean): Promise<void>;
  close(): Promise<void>;
};

/**
 * Starts the server on a free port. `tls` names a pair in `fixtures/tls`. `take` handles requests
 * in place of recording and answering.
 */
export async function fakeHttpServer(
  options: {
    readonly host?: string;
    readonly tls?: string;
    readonly take?: (request: IncomingMessage, response: ServerResponse) => void;
  } = {},
): Promise<FakeHttpServer> {
  const { host = '127.0.0.1', tls } = options;
  const requests: FakeRequest[] = [];
  const accepted: FakeRequest[] = [];
  const open = new Set<Socket>();
  const waiters = new Set<() => void>();
  let replyTo: (request: FakeRequest) => FakeReply = () => ({ status: 204 });
  const changed = (): void => {
    for (const look of waiters) look();
  };

  async function record(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const bytes = await buffer(incoming);
    const { method = '', url: path = '', headers } = incoming;
    const request = { method, path, headers, body: bytes.toString(), bytes };
    requests.push(request);
    const reply = replyTo(request);
    if (reply === 'reset') incoming.socket.resetAndDestroy();
    else if (reply !== 'never') {
      if (reply.status >= 200 && reply.status < 300) accepted.push(request);
      response.writeHead(reply.status, reply.headers).end(reply.body);
    }
    changed();
  }

  const take = options.take ?? ((request, response) => void record(request, response).catch(() => {})); // the client broke the connection off
  const server =
    tls === undefined
      ? createServer(take)
      : createSecureServer(
          { cert: readFileSync(tlsFile(`${tls}.crt`)), key: readFileSync(tlsFile(`${tls}.key`)) },
          take,
        );
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    changed();
    socket.on('error', () => {});
    socket.on('close', () => {
      open.delete(socket);
      changed();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;

  const made: FakeHttpServer = {
    port,
    url: `${tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${port}`,
    requests,
    accepted,
    open,
    reply(reply) {
      replyTo = typeof reply === 'function' ? reply : () => reply;
    },
    until: (holds) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!holds(made)) return;
          waiters.delete(look);
          resolve();
        };
        waiters.add(look);
        look();
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
  return made;
}

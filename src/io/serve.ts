import { chmodSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { err, ok, type Result } from '../model/result.ts';
import { errorCode } from './dial-failure.ts';
import { fitsSocket, longestSocketPath } from './socket-path.ts';

/** A request as the routes see it. `query` holds the last value of each name; header names are in lower case. */
export type HttpRequest = {
  readonly method: string;
  readonly path: string;
  readonly query: ReadonlyMap<string, string>;
  readonly headers: Readonly<Record<string, string | undefined>>;
};

/** An answer that is whole. */
export type HttpReply = { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string | Uint8Array };

/** Makes the answer to a request. What it throws is a fault of ours: the client gets 500. */
export type Handle = (request: HttpRequest) => HttpReply | Promise<HttpReply>;

/** A server that listens. `close` ends every connection and resolves when nothing is left of it. */
export type Served = { close(): Promise<void> };

/** Where to listen: a socket file, made anew with mode 0600, whose folder must be the caller's alone. */
export type ServeAt = { readonly socketPath: string };

/** Serves HTTP. Never rejects; what keeps it from listening is a sentence for the user. */
export type Serve = (at: ServeAt, handle: Handle) => Promise<Result<Served, string>>;

/** Serves on this machine. */
export const serve: Serve = async ({ socketPath }, handle) => {
  if (!fitsSocket(socketPath))
    return err(
      `the path ${socketPath} is longer than the ${longestSocketPath} bytes that a socket's may have; name a shorter one with --state-dir DIR`,
    );
  const server = createServer((request, response) => void answer(request, response, handle));
  server.keepAliveTimeout = 1000;
  const code = await listen(server, socketPath);
  if (code !== null) {
    server.close();
    return err(`${socketPath} can't be listened on (${code})`);
  }
  return ok({
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve()); // it removes the file
        server.closeAllConnections();
      }),
  });
};

/** Gives the errno name of what keeps the server from listening; null: it listens. Later errors (no descriptor left for a client) end nothing. */
function listen(server: Server, path: string): Promise<string | null> {
  return new Promise((resolve) => {
    server.on('error', (error) => resolve(errorCode(error)));
    try {
      rmSync(path, { force: true }); // of a former agent: who holds the state directory's lock is alone here
      server.listen({ path }, () => resolve(closeToOthers(path)));
    } catch (error) {
      resolve(errorCode(error));
    }
  });
}

function closeToOthers(path: string): string | null {
  try {
    chmodSync(path, 0o600);
    return null;
  } catch (error) {
    return errorCode(error); // somebody removed it meanwhile
  }
}

async function answer(request: IncomingMessage, response: ServerResponse, handle: Handle): Promise<void> {
  request.resume(); // nothing that is asked here has a body
  response.on('error', () => {}); // the client went away
  const { status, headers, body } = await replyTo(request, handle);
  response.writeHead(status, { 'cache-control': 'no-store', ...headers });
  response.end(body);
}

async function replyTo(request: IncomingMessage, handle: Handle): Promise<HttpReply> {
  const plain = (status: number, body: string): HttpReply => ({ status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body });
  const target = request.url ?? '';
  if (!URL.canParse(target, 'http://agent')) return plain(400, 'this is no path\n');
  const url = new URL(target, 'http://agent');
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, value?.toString()]));
  try {
    return await handle({ method: request.method ?? 'GET', path: url.pathname, query: new Map(url.searchParams), headers });
  } catch (error) {
    return plain(500, `a fault of the agent's own: ${error instanceof Error ? error.message : error}\n`);
  }
}

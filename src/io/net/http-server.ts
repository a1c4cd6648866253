import { chmodSync, renameSync, rmSync } from 'node:fs';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';
import { err, ok, type Result } from '../../model/result.ts';
import { inodeAt } from '../disk/files.ts';
import { codeOf, messageOf } from '../errors.ts';
import { createHttpServer } from './builtins.ts';
import { explainListenFailure } from './listen.ts';
import { fitsSocket, longestSocketPath } from './socket-path.ts';

/**
 * A request as the routes see it. `query` holds the last value of each name. Header names are in
 * lower case. `body` is empty unless it is a POST over a socket file.
 */
export type IncomingRequest = {
  readonly method: string;
  readonly path: string;
  readonly query: ReadonlyMap<string, string>;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
};

/**
 * An answer that continues. Nothing here throws; text that is written after the end is dropped.
 */
export type Stream = {
  write(text: string): void;
  end(): void;
  /** Returns how many bytes the client has not received yet. */
  waitingBytes(): number;
  /** Calls back once, when the client has closed the connection or `end` was called. */
  onClose(fn: () => void): void;
};

/**
 * An answer: whole, or a stream that begins with its headers. `parts` is a long text, encoded in
 * UTF-8 as it was made: to encode or to join several MB takes too long at once.
 */
export type HttpReply = { readonly status: number; readonly headers: Readonly<Record<string, string>> } & (
  | { readonly body: string | Uint8Array }
  | { readonly parts: readonly Uint8Array[] }
  | { readonly stream: (stream: Stream) => void }
);

/**
 * Makes the answer to a request. If it throws, that is a fault of the agent: the client gets 500.
 */
export type Handle = (request: IncomingRequest) => HttpReply | Promise<HttpReply>;

/** A server that listens. */
export type Served = {
  /** 0 for a socket file. */
  readonly port: number;
  /** Whether its socket file is still in its place; true for a port. Never throws. */
  isThere(): boolean;
  /** Ends each connection. Resolves when all are closed. */
  close(): Promise<void>;
};

/**
 * Where to listen: a socket file or a port. The socket file replaces an existing one, with mode
 * 0600; its folder must belong to the caller alone. Port 0: any free port.
 */
export type ServeAt = { readonly socketPath: string } | { readonly host: string; readonly port: number };

/** Serves HTTP. Never rejects: if it can't listen, the failure is a sentence for the user. */
export type Serve = (at: ServeAt, handle: Handle) => Promise<Result<Served, string>>;

const mostConnections = 500; // more are closed at once, so that the agent keeps descriptors for its plugins
const mostBodyBytes = 64 * 1024 * 1024;

/** Serves on this machine. */
export const serveHttp: Serve = async (at, handle) => {
  if ('socketPath' in at && !fitsSocket(at.socketPath))
    return err(
      `the path ${at.socketPath} is longer than the ${longestSocketPath} bytes that a socket can have; ` +
        'name a shorter one with --state-dir DIR',
    );
  const mostBytes = 'socketPath' in at ? mostBodyBytes : 0; // any user can connect to a port
  const server = createHttpServer((request, response) => void answer(request, response, handle, mostBytes));
  server.keepAliveTimeout = 1000;
  server.maxConnections = mostConnections;
  const code = await listenAt(server, at);
  if (code !== null) {
    server.close();
    return err(
      'socketPath' in at ? `can't listen on ${at.socketPath} (${code})` : explainListenFailure(code, at).detail,
    );
  }
  const bound = server.address();
  const own = 'socketPath' in at ? inodeAt(at.socketPath) : null;
  return ok({
    port: typeof bound === 'object' && bound !== null ? bound.port : 0,
    isThere: () => !('socketPath' in at) || inodeAt(at.socketPath) === own,
    close: () =>
      new Promise((resolve) => {
        if ('socketPath' in at && own !== null && inodeAt(at.socketPath) === own) removeSocket(at.socketPath);
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
};

/**
 * Resolves to the errno name of the error if the server can't listen, and to null once it listens.
 * Later errors (no descriptor left for a client) have no effect.
 */
function listenAt(server: Server, at: ServeAt): Promise<string | null> {
  return new Promise((resolve) => {
    server.on('error', (error) => resolve(codeOf(error)));
    try {
      if (!('socketPath' in at)) return void server.listen(at, () => resolve(null));
      const fresh = freshName(at.socketPath);
      rmSync(fresh, { force: true });
      server.listen({ path: fresh }, () => resolve(putInPlace(fresh, at.socketPath)));
    } catch (error) {
      resolve(codeOf(error));
    }
  });
}

/**
 * Returns a name beside the socket file that is no longer. No client looks there, so the socket
 * can be closed to other users before it gets its own name.
 */
function freshName(path: string): string {
  return join(dirname(path), '.new');
}

/**
 * Removes a socket file, if the disk allows it. Otherwise the next agent puts its own in its place.
 */
function removeSocket(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // a file system that became read-only, say: no client is answered there all the same
  }
}

/**
 * Renames the new socket over that of a former agent. This process holds the lock of the state
 * directory, so no other agent uses the socket. Returns the errno name of a failure, null for
 * success.
 */
function putInPlace(fresh: string, path: string): string | null {
  try {
    chmodSync(fresh, 0o600);
    renameSync(fresh, path);
    return null;
  } catch (error) {
    return codeOf(error); // another process removed it meanwhile
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  handle: Handle,
  mostBytes: number,
): Promise<void> {
  response.on('error', () => {}); // the client has closed the connection
  const reply = await replyTo(request, handle, mostBytes);
  const length = 'parts' in reply ? { 'content-length': reply.parts.reduce((sum, part) => sum + part.length, 0) } : {};
  response.writeHead(reply.status, { 'cache-control': 'no-store', ...length, ...reply.headers });
  if ('parts' in reply) {
    response.cork();
    for (const part of reply.parts) response.write(part);
    return void response.end();
  }
  if ('body' in reply) return void response.end(reply.body);
  if (request.method === 'HEAD') return void response.end(); // this client reads only the headers
  response.flushHeaders();
  try {
    reply.stream({
      write: (text) => void (response.writableEnded || response.write(text)),
      end: () => void response.end(),
      waitingBytes: () => response.writableLength,
      onClose: (fn) => void response.once('close', fn),
    });
  } catch {
    response.destroy(); // too late for a 500
  }
}

async function replyTo(request: IncomingMessage, handle: Handle, mostBytes: number): Promise<HttpReply> {
  const plain = (status: number, body: string): HttpReply => ({
    status,
    headers: { 'content-type': 'text/plain; charset=utf-8' },
    body,
  });
  const target = request.url ?? '';
  if (!URL.canParse(target, 'http://agent')) return plain(400, 'this is not a path\n');
  const url = new URL(target, 'http://agent');
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, value?.toString()]));
  try {
    const body = await readBody(request, mostBytes);
    if (body === null) return plain(413, `a body of more than ${mostBytes} bytes is not accepted\n`);
    return await handle({
      method: request.method ?? 'GET',
      path: url.pathname,
      query: new Map(url.searchParams),
      headers,
      body,
    });
  } catch (error) {
    return plain(500, `an internal error of the agent: ${messageOf(error)}\n`);
  }
}

/**
 * Reads the body of a POST; null if it is larger than `mostBytes`. Drops the body of any other
 * request, and each body if `mostBytes` is 0.
 */
async function readBody(request: IncomingMessage, mostBytes: number): Promise<Uint8Array | null> {
  if (request.method !== 'POST' || mostBytes === 0) {
    request.resume();
    return new Uint8Array();
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes <= mostBytes) chunks.push(chunk);
  }
  return bytes > mostBytes ? null : Buffer.concat(chunks);
}

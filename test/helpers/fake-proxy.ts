import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ProxySettings } from '../../src/model/config.ts';

/** An HTTP proxy that records what it is asked for, and passes everything on by default. */
export type FakeProxy = {
  readonly port: number;
  /** Its settings, without a login. */
  readonly settings: ProxySettings;
  /** The first lines of requests without the version: `CONNECT host:port`, `POST http://…`. */
  readonly asked: readonly string[];
  /** Connections to it that are open now. */
  readonly open: ReadonlySet<Socket>;
  /** Does this in place of an answer to CONNECT; null: the answer again. */
  onConnect(take: ((client: Duplex, answer: () => void) => void) | null): void;
  /** Answers with this status in place of passing a request on; null: passes it on again. */
  answerWith(status: number | null, body?: string): void;
  /** Resolves once `holds` gives true; looked at after every request and every connection. */
  until(holds: (proxy: FakeProxy) => boolean): Promise<void>;
  close(): Promise<void>;
};

/** Starts the proxy on a free port. `login` is what it asks for, as `USER:PASSWORD`. */
export async function fakeProxy({ login = null }: { readonly login?: string | null } = {}): Promise<FakeProxy> {
  const asked: string[] = [];
  const open = new Set<Socket>();
  const sockets = new Set<Duplex>();
  const waiters = new Set<() => void>();
  const expected = login === null ? undefined : `Basic ${Buffer.from(login).toString('base64')}`;
  let own: { readonly status: number; readonly body: string } | null = null;
  let takeConnect: ((client: Duplex, answer: () => void) => void) | null = null;
  const changed = (): void => {
    for (const look of waiters) look();
  };
  const refuses = (incoming: IncomingMessage) =>
    expected !== undefined && incoming.headers['proxy-authorization'] !== expected;

  function pass(incoming: IncomingMessage, response: ServerResponse): void {
    asked.push(`${incoming.method} ${incoming.url}`);
    changed();
    if (refuses(incoming)) return void response.writeHead(407).end('who are you?');
    if (own !== null) return void response.writeHead(own.status).end(own.body);
    const { 'proxy-authorization': _login, ...headers } = incoming.headers;
    const onward = request(incoming.url ?? '', { method: incoming.method, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.writeHead(502).end('no such server'));
    incoming.pipe(onward);
  }

  function tunnel(incoming: IncomingMessage, client: Duplex, head: Buffer): void {
    asked.push(`CONNECT ${incoming.url}`);
    client.on('error', () => {});
    changed();
    if (refuses(incoming)) return void client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    if (own !== null) return void client.end(`HTTP/1.1 ${own.status} ${own.body}\r\n\r\nwords`);
    const { hostname, port } = new URL(`http://${incoming.url}`);
    const answer = (): void => {
      const server = connect(Number(port), hostname.replace(/^\[|\]$/g, ''), () => {
        client.write('HTTP/1.1 200 Connection established\r\n\r\n');
        server.write(head);
        client.pipe(server).pipe(client);
      });
      sockets.add(server);
      server.on('error', () => client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'));
      server.on('close', () => client.resume()); // without a pipe, its end would not be seen
      client.on('close', () => server.destroy());
    };
    if (takeConnect === null) answer();
    else {
      client.resume().on('end', () => client.end());
      takeConnect(client, answer);
    }
  }

  const server = createServer(pass).on('connect', tunnel);
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    changed();
    socket.on('error', () => {});
    socket.on('close', () => {
      open.delete(socket);
      changed();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;

  const made: FakeProxy = {
    port,
    settings: { host: '127.0.0.1', port, login: null, origin: '/etc/x.ini:3' },
    asked,
    open,
    onConnect(take) {
      takeConnect = take;
    },
    answerWith(status, body = '') {
      own = status === null ? null : { status, body };
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
        for (const socket of [...open, ...sockets]) socket.destroy();
      }),
  };
  return made;
}

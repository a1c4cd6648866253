import { spawn } from 'node:child_process';
import dns from 'node:dns';
import { expect, onTestFinished, test } from 'vitest';
import { dial } from '../../../src/io/net/dial.ts';
import { type HttpOutcome, httpPost } from '../../../src/io/net/http-post.ts';
import { fakeClock } from '../../helpers/fake-clock.ts';
import { turn } from '../../helpers/turns.ts';

/**
 * A server that is as slow to connect to as one far away. Its backlog is full of connections of
 * its own, so that the system drops the first word of any other, which is said again after a
 * second. It takes connections once it has read a line, answers each in HTTP, and closes.
 */
const farServer = `
const { createServer, connect } = require('node:net');
const { readSync, writeSync } = require('node:fs');
const backlog = 15;
const server = createServer((socket) => {
  socket.on('error', () => {});
  socket.once('data', () => socket.end('HTTP/1.1 204 Yes\\r\\n\\r\\n'));
});
server.listen({ host: '127.0.0.1', port: 0, backlog }, () => {
  const { port } = server.address();
  for (let i = 0; i <= backlog; i += 1) connect(port, '127.0.0.1').on('error', () => {});
  process.nextTick(() => {
    writeSync(1, port + '\\n');
    readSync(0, Buffer.alloc(1));
  });
});
`;

async function startFarServer(): Promise<{ readonly port: number; takeConnections(): void }> {
  const child = spawn(process.execPath, ['-e', farServer], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill());
  const text = await new Promise<string>((resolve) => child.stdout.setEncoding('utf8').once('data', resolve));
  return { port: Number(text), takeConnections: () => void child.stdin.write('\n') };
}

/** Until the test is over, any name has these two addresses, in this order. */
function nameBoth(first: string, second: string): void {
  const lookUp = dns.lookup;
  onTestFinished(() => void Object.assign(dns, { lookup: lookUp }));
  const both = [
    { address: first, family: 4 },
    { address: second, family: 6 },
  ];
  Object.assign(dns, {
    lookup: (_name: string, _options: object, found: (error: null, addresses: typeof both) => void) =>
      found(null, both),
  });
}

test('the first address of a name has time to answer, also where the other does not work and the server is far away', async () => {
  const server = await startFarServer();
  nameBoth('127.0.0.1', '::1'); // no process listens there
  const { port } = server;
  const tls = { caFile: null, verify: true };
  const post = (scheme: string) =>
    new Promise<HttpOutcome>((resolve) => {
      const url = `${scheme}://far.example:${port}/`;
      httpPost(fakeClock(), { url, headers: {}, body: 'x', tls, silenceMs: 1 }, resolve);
    });
  const dialled = (security: typeof tls | null) =>
    new Promise<string>((resolve) => {
      const connection = dial(
        { host: 'far.example', port, tls: security },
        {
          onOpen: () => resolve('open'),
          onData: () => {},
          onDrain: () => {},
          onFinish: () => {},
          onEnd: () => {},
          onClose: (failure) => resolve(failure?.detail ?? 'closed'),
        },
      );
      onTestFinished(connection.destroy);
    });
  const all = Promise.all([post('http'), post('https'), dialled(null), dialled(tls)]);
  await turn(); // by now the first word to the first address is lost
  await turn();
  server.takeConnections();
  const noTls = `far.example:${port} does not speak TLS`;
  expect(await all).toMatchObject([
    { kind: 'answered', answer: { status: 204 } },
    { kind: 'failed', failure: { detail: expect.stringContaining(noTls) } },
    'open',
    expect.stringContaining(noTls),
  ]);
});

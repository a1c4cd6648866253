import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type TlsOptions } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { tlsFile } from '../helpers/fake-collector.ts';
import { influxSink, instrumentalSink, someLines, someSamples } from './set-up.ts';

const pair = { cert: readFileSync(tlsFile('localhost.crt')), key: readFileSync(tlsFile('localhost.key')) };
const caFile = tlsFile('ca.crt');
const only12: TlsOptions = { ...pair, maxVersion: 'TLSv1.2' };
const only11: TlsOptions = { ...pair, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' };

async function portOf(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** A collector that speaks these versions of TLS. `text` is what it has read so far. */
async function collectorWith(options: TlsOptions) {
  const got = { text: '', versions: new Set<string | null>() };
  const server = createServer(options, (socket) => {
    got.versions.add(socket.getProtocol());
    socket.setEncoding('utf8').on('data', (text: string) => {
      got.text += text;
      if (/^(hello|authenticate) /m.test(text)) socket.write('ok\n');
    });
  });
  server.on('tlsClientError', () => {});
  return { got, port: await portOf(server) };
}

test('a collector that speaks no newer TLS than 1.2 gets the batch', async () => {
  const { got, port } = await collectorWith(only12);
  const { sink } = instrumentalSink({ port, tls: true }, { tlsCa: caFile });
  expect(await sink.deliver(someSamples(3))).toEqual({ kind: 'accepted', confirmed: true });
  expect([got.text.split('\n').slice(2, -1), [...got.versions]]).toEqual([someLines(3), ['TLSv1.2']]);
});

test('an HTTP server that speaks no newer TLS than 1.2 gets the batch', async () => {
  let body = '';
  const server = createHttpsServer(only12, (request, response) => {
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => void response.writeHead(204).end());
  });
  const { sink } = influxSink(`https://localhost:${await portOf(server)}`, { tls: { caFile, verify: true } });
  expect(await sink.deliver(someSamples(3))).toEqual({ kind: 'accepted', confirmed: true });
  expect(body.trimEnd().split('\n')).toHaveLength(3);
});

test('a collector that speaks TLS 1.1 at most is refused with the reason, and gets nothing', async () => {
  const { got, port } = await collectorWith(only11);
  const { sink } = instrumentalSink({ port, tls: true }, { tlsCa: caFile });
  expect(await sink.deliver(someSamples(3))).toMatchObject({
    kind: 'returned',
    mayHaveArrived: false,
    trouble: {
      sentence: expect.stringMatching(
        /only versions of TLS that are too old .*; the agent needs TLS 1\.2 or newer there$/,
      ),
    },
  });
  expect(got.text).toBe('');
});

const noOpenssl = spawnSync('openssl', ['version']).status === 0 ? null : 'no openssl';

/**
 * A collector that asks for new keys (a renegotiation of TLS 1.2) before each of its two answers.
 * Gives its port, and what it has printed.
 */
async function renegotiatingCollector() {
  const files = ['-cert', tlsFile('localhost.crt'), '-key', tlsFile('localhost.key')];
  const server = spawn('openssl', ['s_server', '-accept', '127.0.0.1:0', '-tls1_2', ...files], { stdio: 'pipe' });
  onTestFinished(() => void server.kill('SIGKILL'));
  const printed = { text: '', renegotiations: 0 };
  const port = await new Promise<number>((resolve) => {
    let rest = '';
    server.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed.text += text;
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const accepting = /^ACCEPT .*:(\d+)$/.exec(line);
        if (accepting) resolve(Number(accepting[1]));
        if (/^(hello|authenticate) /.test(line)) server.stdin.write('R\n'); // its command for a renegotiation
        if (line.startsWith('SSL_do_handshake -> 1')) {
          printed.renegotiations += 1;
          server.stdin.write('ok\n');
        }
      }
    });
  });
  return { port, printed };
}

test.skipIf(noOpenssl !== null)(
  `a collector that renegotiates before each of its answers gets the batch${noOpenssl ? ` (skipped: ${noOpenssl})` : ''}`,
  async () => {
    const { port, printed } = await renegotiatingCollector();
    const { sink } = instrumentalSink({ port, tls: true }, { tlsCa: caFile });
    expect(await sink.deliver(someSamples(3))).toEqual({ kind: 'accepted', confirmed: true });
    expect(printed.renegotiations).toBe(2);
    expect(printed.text.split('\n').filter((line) => line.startsWith('gauge '))).toEqual(someLines(3));
  },
);

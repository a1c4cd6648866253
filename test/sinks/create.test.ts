import { afterEach, expect, test } from 'vitest';
import { dial } from '../../src/io/dial.ts';
import type { ApiKey } from '../../src/model/config.ts';
import type { Sink } from '../../src/model/sink.ts';
import { createSinks, type SinkEdges } from '../../src/sinks/create.ts';
import { fakeClock } from '../helpers/fake-clock.ts';
import { fakeCollector } from '../helpers/fake-collector.ts';
import { someLines, someSamples } from './set-up.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

function edges(printed: string[]): SinkEdges {
  return {
    clock: fakeClock(),
    dial,
    emit: () => {},
    write: async (text) => void printed.push(text),
    process: { version: '2.0.0', pid: 42, nodeVersion: '20.20.2', platform: 'x64-linux' },
  };
}

function sinksFor(apiKey: ApiKey | null, port: number, printed: string[]): readonly Sink[] {
  const collector = { apiKey, address: { host: '127.0.0.1', port, tls: false }, tlsCa: null, tlsVerify: true };
  return createSinks({ hostname: 'web1', collector }, edges(printed));
}

test('without a key samples are printed', async () => {
  const printed: string[] = [];
  const [sink, ...others] = sinksFor(null, 1, printed);
  expect(others).toEqual([]);
  await sink?.deliver(someSamples(1));
  expect(printed).toEqual(['host.plugin.m0 0 1700000000\n']);
});

test("with a key samples go to Instrumental's collector and nowhere else", async () => {
  const collector = await fakeCollector();
  closers.push(collector.close);
  const printed: string[] = [];
  const [sink, ...others] = sinksFor({ key: 'k1', origin: 'the flag -k' }, collector.port, printed);
  expect(others).toEqual([]);
  await sink?.deliver(someSamples(2));
  expect(collector.lines).toEqual(someLines(2));
  expect(collector.connections[0]).toMatchObject({
    key: 'k1',
    hello: 'hello version node/instrument_server/2.0.0 hostname web1 pid 42 runtime node/20.20.2 platform x64-linux',
  });
  expect(printed).toEqual([]);
});

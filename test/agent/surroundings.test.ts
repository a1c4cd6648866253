import { join } from 'node:path';
import { expect, test } from 'vitest';
import { holdFifo } from '../helpers/hold-fifo.ts';
import { installPlugin, writePlugin } from '../helpers/install-plugin.ts';
import { removeInUse } from '../helpers/remove-in-use.ts';
import { makeHome, testDaemon } from '../helpers/test-daemon.ts';
import { turn } from '../helpers/turns.ts';

test('what a hung script wrote to stderr is told while it hangs, even if it looks like a word of the shell', async () => {
  const home = makeHome();
  const hold = holdFifo();
  writePlugin(home.scripts, 'p', '#!/bin/sh\necho "backup.sh: waiting for the lock" >&2\nread -r _ < "$HOLD_FIFO"\n');
  const agent = testDaemon(home, {}, { HOLD_FIFO: hold.path });
  agent.tick();
  expect(await agent.events.next('run.stderr')).toMatchObject({ text: 'backup.sh: waiting for the lock' });
  expect(agent.events.of('run.finished')).toEqual([]);
});

test('a PATH in [env] that holds none of the system commands keeps no script from running', async () => {
  const home = makeHome();
  writePlugin(home.scripts, 'p', '#!/bin/sh\necho "ran 1"\necho "$PATH" >&2\n');
  const agent = testDaemon(home, { env: { PATH: '/opt/mytools' } });
  await agent.tickAndFinish('p');
  expect(agent.samples).toHaveLength(1);
  expect(agent.events.of('run.stderr').map(({ text }) => text)).toEqual(['/opt/mytools']);
});

test('an LC_ALL that is set and empty counts as none', async () => {
  const home = makeHome();
  writePlugin(home.scripts, 'p', '#!/bin/sh\necho "$LC_ALL" >&2\n');
  const agent = testDaemon(home, {}, { LC_ALL: '' });
  await agent.tickAndFinish('p');
  expect(agent.events.of('run.stderr').map(({ text }) => text)).toEqual(['C.UTF-8']);
});

test('a state directory that was removed is made again at the next tick, with all that waited in it', async () => {
  const home = makeHome();
  installPlugin(home.scripts, 'two-gauges');
  const collector = {
    apiKey: { key: 'k', origin: 'the flag -k' },
    address: { host: '127.0.0.1', port: 1, tls: false },
    tlsCa: null,
    tlsVerify: true,
    counters: 'gauge' as const,
    notices: false,
    proxy: null,
  };
  const agent = testDaemon(home, { collector });
  await agent.tickAndFinish('two-gauges');
  removeInUse(home.state);
  await agent.tickAndFinish('two-gauges');
  while (agent.events.of('files.remade').length === 0) {
    agent.clock.advance(10);
    await turn();
  }
  expect(agent.events.of('store.removed').map(({ path }) => path)).toEqual([home.state]);
  expect(agent.events.of('store.moved')).toMatchObject([{ outputs: 1 }]);
  expect(agent.events.of('files.remade').map(({ files }) => files)).toEqual([
    ['the state directory', 'the database', 'the control socket'],
  ]);
  await agent.tickAndFinish('two-gauges');
  expect(agent.events.of('store.removed')).toHaveLength(1);
  await agent.stop();
  const next = testDaemon(home, { collector });
  expect(next.status().sinks.map(({ waitingSamples }) => waitingSamples)).toEqual([6]);
});

test('samples that wait for a collector are there for it after a start without a key', async () => {
  const home = makeHome();
  installPlugin(home.scripts, 'two-gauges');
  const collector = {
    apiKey: { key: 'k', origin: 'the flag -k' },
    address: { host: '127.0.0.1', port: 1, tls: false },
    tlsCa: null,
    tlsVerify: true,
    counters: 'gauge' as const,
    notices: false,
    proxy: null,
  };
  const first = testDaemon(home, { collector });
  await first.tickAndFinish('two-gauges');
  await first.stop();
  expect(first.events.of('daemon.stopped').map(({ samplesLeft }) => samplesLeft)).toEqual([2]);
  const without = testDaemon(home);
  await without.tickAndFinish('two-gauges');
  expect(without.samples).toHaveLength(2);
  await without.stop();
  const again = testDaemon(home, { collector });
  await again.stop();
  expect(again.events.of('daemon.stopped').map(({ samplesLeft }) => samplesLeft)).toEqual([4]);
});

test('the pipes are made in a folder of their own where -t says so', async () => {
  const home = makeHome();
  const temp = join(home.state, '..', 'temp');
  installPlugin(home.scripts, 'two-gauges');
  const agent = testDaemon(home, { tempDir: temp });
  await agent.tickAndFinish('two-gauges');
  expect(agent.samples).toHaveLength(2);
});

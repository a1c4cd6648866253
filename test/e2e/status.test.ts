import { lstatSync } from 'node:fs';
import { request } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { askAgent, controlSocket } from '../../src/control/client.ts';
import { askSocket } from '../../src/io/net/socket-client.ts';
import type { Status } from '../../src/model/status.ts';
import { startProgram } from '../helpers/agent.ts';
import { fakeCollector } from '../helpers/fake-collector.ts';
import { holdFifo } from '../helpers/hold-fifo.ts';
import { installPlugin, writePlugin } from '../helpers/install-plugin.ts';
import { secretIn, secrets } from '../helpers/secrets.ts';
import { makeHome } from '../helpers/test-daemon.ts';

const twentyThousandLines = '#!/bin/sh\nexec awk \'BEGIN { for (i = 0; i < 20000; i++) print "line." i, i }\'\n';

test('an agent answers while 20 plugins hang, the collector stalls and 20,000 lines are being read, and its answers hold no key', async () => {
  const collector = await fakeCollector({ stall: 'data' });
  onTestFinished(collector.close);
  const home = makeHome();
  const hold = holdFifo();
  const hung = Array.from({ length: 20 }, (_, index) => `hangs-${index}`);
  for (const as of hung) installPlugin(home.scripts, 'waits-on-fifo', { as });
  writePlugin(home.scripts, 'talks.sh', twentyThousandLines);
  const flags = [
    '-e',
    '-s',
    home.scripts,
    '--state-dir',
    home.state,
    '-r',
    '1',
    '-k',
    secrets.apiKey,
    '-c',
    `tcp://127.0.0.1:${collector.port}`,
  ];
  const agent = startProgram(flags, { env: { HOME: home.state, HOLD_FIFO: hold.path } });
  await agent.event('daemon.started');
  const client = askAgent(askSocket, home.state);

  const seen: Status[] = [];
  const holds = ({ plugins, sinks }: Status) =>
    plugins.filter(({ state }) => state === 'hung').length === 20 &&
    plugins.some(({ lastRun }) => lastRun?.samples === 20_000) &&
    (sinks[0]?.waitingSamples ?? 0) > 20_000;
  while (!seen.some(holds)) {
    const answer = await client.status();
    if (answer.ok) seen.push(answer.value);
    else if (answer.error.kind !== 'not-running' || seen.length > 0) throw new Error(JSON.stringify(answer.error));
  }

  expect(seen.at(-1)).toMatchObject({
    format: 1,
    pid: agent.pid,
    intervalS: 1,
    stateDir: home.state,
    scripts: { suspension: null },
  });
  const answer = await client.plugin('hangs-7');
  expect(answer).toMatchObject({
    ok: true,
    value: {
      missing: null,
      plugins: [{ file: 'hangs-7', state: 'hung', reasons: [{ kind: 'hung' }, { kind: 'skipped' }] }],
    },
  });
  expect(await client.plugin('talk')).toMatchObject({
    value: {
      plugins: [],
      missing: expect.stringMatching(/; the closest name is talks; \S+main\.js --state-dir \S+ status talks$/),
    },
  });
  expect(secretIn(JSON.stringify([seen, answer]))).toBeNull();
  expect(lstatSync(controlSocket(home.state)).mode & 0o7777).toBe(0o600);
}, 60_000); // 20,000 lines a second are much on a busy machine

test('any client that speaks HTTP over the socket gets the document, and what is not asked with GET changes nothing', async () => {
  const home = makeHome();
  const agent = startProgram(['-e', '-s', home.scripts, '--state-dir', home.state], { env: { HOME: home.state } });
  await agent.event('daemon.started');
  const send = (method: string, path: string) =>
    new Promise<{ status: number | undefined; type: string | undefined; text: string }>((resolve, reject) => {
      const sent = request({ socketPath: controlSocket(home.state), method, path }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () =>
          resolve({ status: response.statusCode, type: response.headers['content-type'], text }),
        );
      });
      sent.on('error', reject);
      sent.end();
    });
  const untilAnswered = async (): Promise<Awaited<ReturnType<typeof send>>> => {
    for (;;) {
      try {
        return await send('GET', '/status.json');
      } catch {
        // it does not listen yet
      }
    }
  };
  const { status, type, text } = await untilAnswered();
  expect([status, type]).toEqual([200, 'application/json; charset=utf-8']);
  expect(JSON.parse(text)).toMatchObject({ format: 1, pid: agent.pid, plugins: [] });
  expect((await send('POST', '/status.json')).status).toBe(405);
  expect((await send('GET', '/nothing')).status).toBe(404);
  agent.process.kill('SIGTERM');
  expect(await agent.exit).toBe(0);
  expect(await askAgent(askSocket, home.state).status()).toEqual({ ok: false, error: { kind: 'not-running' } });
});

test('the socket of an agent that was killed is no obstacle: nobody answers on it, and the next agent does', async () => {
  const home = makeHome();
  const flags = ['-e', '-s', home.scripts, '--state-dir', home.state];
  const client = askAgent(askSocket, home.state);
  const untilAnswered = async () => {
    for (;;) {
      const answer = await client.status();
      if (answer.ok) return answer.value;
    }
  };
  const first = startProgram(flags, { env: { HOME: home.state } });
  expect((await untilAnswered()).pid).toBe(first.pid);
  first.process.kill('SIGKILL');
  await first.exit;
  expect(lstatSync(controlSocket(home.state)).isSocket()).toBe(true);
  expect(await client.status()).toEqual({ ok: false, error: { kind: 'not-running' } });
  const second = startProgram(flags, { env: { HOME: home.state } });
  expect((await untilAnswered()).pid).toBe(second.pid);
});

test('a state directory whose path is too long for a socket: the agent runs, and says why it can not be asked', async () => {
  const home = makeHome();
  const long = `${home.state}/${'x'.repeat(100)}`;
  const agent = startProgram(['-e', '-s', home.scripts, '--state-dir', long, '-r', '1'], { env: { HOME: home.state } });
  expect(await agent.event('control.failed')).toMatchObject({
    detail: expect.stringContaining('name a shorter one with --state-dir DIR'),
  });
  const answer = await askAgent(askSocket, long).status();
  expect(!answer.ok && answer.error).toMatchObject({
    kind: 'trouble',
    detail: expect.stringContaining('too long for a socket'),
  });
});

import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { listen } from '../../src/io/net/listen.ts';
import { runToEnd, startProgram } from '../helpers/agent.ts';
import { runRefused } from '../helpers/command-lines.ts';
import { fakeCollector } from '../helpers/fake-collector.ts';
import { fakeHttpServer } from '../helpers/fake-http-server.ts';
import { writePlugin } from '../helpers/install-plugin.ts';
import type { Agent } from '../helpers/program.ts';
import { secretIn, secrets, secretsBelow } from '../helpers/secrets.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { makeHome } from '../helpers/test-daemon.ts';
import { moment } from '../helpers/turns.ts';

// Beside what is looked at here: whatever a program in a test writes on stdout or stderr, and
// every file in a test's folders, fails that test when a secret is in it.

/**
 * What a plugin sees of secrets: its own command line and that of the shell that started it, and
 * its environment.
 */
type Seen = { readonly commandLines: string; readonly environment: readonly string[] };

/** An agent at `trace` level with a plugin that writes down what it sees. */
async function agentWith(sections: string, flags: readonly string[], env: Record<string, string>) {
  const home = makeHome();
  const dir = tempDir();
  const [file, notes] = [join(dir, 'agent.ini'), join(dir, 'notes')];
  const plugin = `#!/bin/sh
tr '\\0' ' ' < /proc/$$/cmdline > '${notes}.new'; tr '\\0' ' ' < /proc/$PPID/cmdline >> '${notes}.new'
echo >> '${notes}.new'; env >> '${notes}.new'; mv '${notes}.new' '${notes}'; echo 'seen 1'
`;
  writePlugin(home.scripts, 'looks', plugin);
  writeFileSync(file, `[agent]\nhost_metrics = false\n[log]\nlevel = trace\n${sections}`, { mode: 0o600 });
  const args = [...flags, '-f', file, '-e', '-s', home.scripts, '--state-dir', home.state, '-r', '1', '-H', 'h'];
  const agent = startProgram(args, { env: { HOME: home.state, ...env } });
  await agent.event('daemon.started');
  const commandLine = () => readFileSync(`/proc/${agent.pid}/cmdline`, 'latin1').replace(/\0+$/, '');
  while (commandLine() !== 'instrument_server') await moment();
  return {
    agent,
    state: home.state,
    /**
     * Waits for a run, and gives what it saw. The notes are gone then: they may hold a key,
     * rightly.
     */
    async seen(): Promise<Seen> {
      await agent.event('run.finished', (entry) => entry['plugin'] === 'looks');
      while (!existsSync(notes)) await moment();
      const [commandLines = '', ...environment] = readFileSync(notes, 'utf8').split('\n');
      return { commandLines, environment };
    },
    /** Stops it, and tells where secrets are in what it leaves behind. */
    async leaves(): Promise<readonly string[]> {
      agent.process.kill('SIGTERM');
      expect(await agent.exit).toBe(0);
      rmSync(notes, { force: true });
      return [...secretsBelow(home.state), agent.leak() ?? [], secretIn(JSON.stringify(agent.log)) ?? []].flat();
    },
  };
}

const spoken = (agent: Agent, event: 'wire.sent' | 'wire.received') =>
  agent.log.filter((entry) => entry.event === event).map(({ line }) => String(line));

/** A collector that sends the key back in every answer, and `fail` where it `refuses`. */
async function echoingCollector(refuses: boolean): Promise<string> {
  const server = await listen({ host: '127.0.0.1', port: 0, tls: null }, (connection) => ({
    onData(bytes) {
      const [command, key] = Buffer.from(bytes).toString().trim().split(' ');
      if (command === 'hello') connection.write('ok\n');
      else if (command === 'authenticate')
        connection.write(refuses ? `fail ${key} is unknown\n` : `ok\nwelcome, ${key}\n`);
    },
    onEnd: () => connection.end(),
    onClose: () => {},
  }));
  if (!server.ok) throw new Error(server.error.detail);
  onTestFinished(server.value.close);
  return `tcp://127.0.0.1:${server.value.port}`;
}

async function untrustedCollector(): Promise<string> {
  const collector = await fakeCollector({ tls: 'unknown' });
  onTestFinished(collector.close);
  return `tls://127.0.0.1:${collector.port}`;
}

const ways = [
  { by: 'the flag', section: '', flags: ['-k', secrets.apiKey], env: {} },
  { by: 'a file', section: `[collector]\napi_key = ${secrets.apiKey}\n`, flags: [], env: {} },
  { by: 'the environment', section: '', flags: [], env: { INSTRUMENTAL_TOKEN: secrets.apiKey } },
];
const ends = [
  {
    end: 'is accepted and sent back',
    collector: () => echoingCollector(false),
    event: 'batch.sent',
    hears: ['ok', 'welcome, ***'],
  },
  {
    end: 'is refused and sent back',
    collector: () => echoingCollector(true),
    event: 'sink.refused',
    hears: ['fail *** is unknown'],
  },
  {
    end: 'is never sent, for the certificate is not trusted',
    collector: untrustedCollector,
    event: 'sink.lost',
    hears: [],
  },
];
for (const { end, collector, event, hears } of ends) {
  test(`a key that ${end} is in no log line, process list or file, and no plugin's arguments, whichever way it was given`, async () => {
    const tries = ways.map(async ({ by, section, flags, env }) => {
      const { agent, seen, leaves } = await agentWith(section, [...flags, '-c', await collector()], env);
      await agent.event(event);
      const { commandLines, environment } = await seen();
      expect(secretIn(commandLines), by).toBeNull();
      // The agent's own environment is the plugins' too, by contract: a key that stands there
      // stands there for them, under its name and nowhere else.
      const known = Object.entries(env).map(([name, value]) => `${name}=${value}`);
      expect(environment.filter((line) => secretIn(line) !== null)).toEqual(known);
      expect(spoken(agent, 'wire.received'), by).toEqual(expect.arrayContaining(hears)); // what it received was logged, masked
      if (hears.length > 0) expect(spoken(agent, 'wire.sent')).toContain('authenticate ***');
      expect(await leaves(), by).toEqual([]);
    });
    await Promise.all(tries);
  });
}

/** The sinks that have a login, and the header that it makes. */
const sinks = [
  {
    section: (url: string) => `[sink:influx]\nurl = ${url}\nbucket = b\norg = o\ntoken = ${secrets.token}\n`,
    authorization: `Token ${secrets.token}`,
  },
  {
    section: (url: string) =>
      `[sink:influx]\nurl = ${url}\ndatabase = d\nusername = agent\npassword = ${secrets.password}\n`,
    authorization: `Basic ${Buffer.from(`agent:${secrets.password}`).toString('base64')}`,
  },
  {
    section: (url: string) =>
      `[sink:otlp]\nurl = ${url}\nheaders = authorization=Bearer%20${secrets.token},x-pass=${secrets.password}\n`,
    authorization: `Bearer ${secrets.token}`,
  },
  {
    section: (url: string) =>
      `[sink:prometheus]\nurl = ${url}\ntoken = ${secrets.token}\nheaders = x-pass=${secrets.password}\n`,
    authorization: `Bearer ${secrets.token}`,
  },
];
const answers = [
  { answer: 'is accepted', tls: false, status: 204, event: 'batch.sent' },
  { answer: 'is refused and sent back', tls: false, status: 401, event: 'sink.refused' },
  { answer: 'is sent back with a broken batch', tls: false, status: 400, event: 'batch.dropped' },
  { answer: 'is never sent, for the certificate is not trusted', tls: true, status: 204, event: 'sink.lost' },
];
for (const { answer, tls, status, event } of answers) {
  test(`a token or password of a sink over HTTP that ${answer} is in no log line, process list or file, and no plugin sees it`, async () => {
    const tries = sinks.map(async ({ section, authorization }) => {
      const server = await fakeHttpServer(tls ? { tls: 'unknown' } : {});
      onTestFinished(server.close);
      server.reply(({ headers }) => {
        const login = headers.authorization ?? '';
        const decoded = Buffer.from(login.replace(/^Basic /, ''), 'base64').toString('latin1');
        return {
          status,
          body: `out of order sample: nothing for ${login}, ${login.startsWith('Basic') ? decoded : ''}, ${headers['x-pass']}`,
        };
      });
      const { agent, seen, leaves } = await agentWith(section(server.url), [], {});
      await agent.event(event);
      const { commandLines, environment } = await seen();
      expect([commandLines, ...environment].filter((line) => secretIn(line) !== null)).toEqual([]);
      expect(server.requests.every(({ headers }) => headers.authorization === authorization)).toBe(true);
      expect(server.requests.length > 0).toBe(!tls);
      expect(await leaves(), section('URL')).toEqual([]);
    });
    await Promise.all(tries);
  });
}

const { apiKey, token, password } = secrets;
const usages: readonly (readonly [title: string, args: readonly string[]])[] = [
  ['an unknown flag behind the key', ['-k', apiKey, '--unknown']],
  ['an unknown flag before the key', ['--unknown', '-k', apiKey]],
  ['a misspelt flag for the key', ['--api_keyy', apiKey]],
  ['a misspelt flag with the key in one word', [`--api_keyy=${apiKey}`]],
  ['a flag in the wrong case', ['-K', apiKey]],
  ['a flag that takes no value and is given the key', [`--debug=${apiKey}`]],
  ['an unknown command behind the key', ['-k', apiKey, 'foregruond']],
  ['a bad value behind the key', ['-k', apiKey, '-r', '0']],
  ['a key with a space in it', ['-k', `${apiKey} x`]],
  ['a key with a line end in it', ['-k', `${apiKey}\nx`]],
  ['a flag of another command', ['-k', apiKey, 'collector']],
];
const files: readonly (readonly [title: string, text: string])[] = [
  ['no = before the key', `[collector]\napi_key ${apiKey}\n`],
  ['a colon before the key', `[collector]\napi_key: ${apiKey}\n`],
  ['a misspelt name before the key', `[collector]\napikey = ${apiKey}\n`],
  ['a comment sign in the key', `[collector]\napi_key = ${apiKey};x\n`],
  ['a quote that is not closed', `[collector]\napi_key = "${apiKey}\n`],
  ['a space in the key', `[collector]\napi_key = ${apiKey} x\n`],
  ['two keys', `[collector]\napi_key = ${apiKey}\napi_key = ${apiKey}2\n`],
  ['the key in a misspelt section', `[colector]\napi_key = ${apiKey}\n`],
  ['a password in a URL', `[sink:influx]\nurl = http://agent:${password}@127.0.0.1:8086\ndatabase = d\n`],
  ['a token behind the URL', `[sink:influx]\nurl = http://127.0.0.1:8086/?token=${token}\ndatabase = d\n`],
  ['a password without a user', `[sink:influx]\nurl = http://127.0.0.1:8086\ndatabase = d\npassword = ${password}\n`],
  [
    'a token and a password',
    `[sink:influx]\nurl = http://x\ndatabase = d\ntoken = ${token}\nusername = u\npassword = ${password}\n`,
  ],
  ['headers without =', `[sink:otlp]\nurl = http://127.0.0.1:4318\nheaders = Bearer ${token}\n`],
  ['headers that are none', `[sink:otlp]\nurl = http://127.0.0.1:4318\nheaders = ${token}, =${token}\n`],
  ['a header of our own', `[sink:otlp]\nurl = http://127.0.0.1:4318\nheaders = host=${token}\n`],
  ['an address with a password', `[sink:graphite]\naddress = agent:${password}@127.0.0.1\n`],
];
/** The command lines that are refused, by title, and what each must name. */
function refusedLines(dir: string) {
  const state = ['--state-dir', join(dir, 'state')];
  const inFile = ([title, text]: readonly [string, string], index: number) => {
    const file = join(dir, `${index}-agent.ini`);
    writeFileSync(file, text, { mode: 0o600 });
    return { title: `${title} in the file`, args: ['-f', file, ...state], names: 'agent.ini' };
  };
  return [
    ...usages.map(([title, args]) => ({ title, args: [...args, ...state], names: '' })),
    ...files.map(inFile),
    {
      title: 'a bad key in the environment',
      args: state,
      env: { INSTRUMENTAL_TOKEN: `${apiKey} x` },
      names: 'INSTRUMENTAL_TOKEN',
    },
  ];
}

test('a start that is refused says so without the key or another secret, whatever is wrong', () => {
  const dir = tempDir();
  const lines = refusedLines(dir);
  const ends = runRefused(dir, lines);
  for (const [index, { title, names }] of lines.entries()) {
    const { status, stderr } = ends[index] ?? { status: null, stderr: '' };
    expect([title, status, secretIn(stderr)]).toEqual([title, 2, null]);
    expect([title, stderr]).toEqual([title, expect.stringMatching(new RegExp(`\\S[\\s\\S]*${names}`))]);
  }
});

test.each(usages.slice(6, 8))('%s: the built program says as much', async (_title, args) => {
  const { status, stderr } = await runToEnd([...args, '--state-dir', makeHome().state]);
  expect([stderr === '', secretIn(stderr), status]).toEqual([false, null, 2]);
});

test('secrets are found as they are, in base64 at any place, in names and in databases, and passed over in configuration', () => {
  const dir = tempDir();
  for (const before of ['', 'a', 'ab', 'abc'])
    expect(secretIn(Buffer.from(`${before}${password}`).toString('base64'))).not.toBeNull();
  expect(secretIn('nothing of the kind')).toBeNull();
  writeFileSync(join(dir, 'a.ini'), token);
  expect(secretsBelow(dir)).toEqual([]);
  writeFileSync(join(dir, 'a.db'), `\0\0${token}\0`);
  writeFileSync(join(dir, apiKey), '');
  expect(secretsBelow(dir)).toHaveLength(2);
  for (const name of ['a.db', apiKey]) rmSync(join(dir, name));
});

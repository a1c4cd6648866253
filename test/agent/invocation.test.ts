import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { defaultPluginSettings } from '../../src/config/plugin-settings.ts';
import { installPlugin, writePlugin } from '../helpers/install-plugin.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { makeHome, testDaemon } from '../helpers/test-daemon.ts';

test('the first run gets one argument, 0, and an empty stdin', async () => {
  const home = makeHome();
  writePlugin(home.scripts, 'p', '#!/bin/sh\necho "args $#"\necho "first $1"\necho "bytes $(cat | wc -c)"\n');
  const agent = testDaemon(home);
  await agent.tickAndFinish('p');
  expect(agent.samples.map((line) => line.replace(/ \d+$/, ''))).toEqual([
    'testhost.p.args 1',
    'testhost.p.first 0',
    'testhost.p.bytes 0',
  ]);
});

test('a sample without a time has the moment at which its run ended, and argv[1] of the next run is the same', async () => {
  const home = makeHome();
  writePlugin(home.scripts, 'p', '#!/bin/sh\necho "ended $1"\n');
  const agent = testDaemon(home);
  await agent.tickAndFinish('p');
  await agent.tickAndFinish('p');
  const [first, second] = agent.samples.map((line) => line.split(' '));
  expect(second?.[1]).toBe(first?.[2]);
  expect(Number(second?.[2])).toBe(Math.floor(agent.clock.nowMs() / 1000));
});

test('stdin is the former stdout byte for byte, whatever the bytes', async () => {
  const home = makeHome();
  const out = tempDir();
  writePlugin(home.scripts, 'p', '#!/bin/sh\nprintf "a 1\\r\\n\\377\\000\\n\\nno end"\n');
  const agent = testDaemon(home, {}, { OUT: out });
  await agent.tickAndFinish('p');
  writePlugin(home.scripts, 'p', '#!/bin/sh\ncat > "$OUT/stdin"\n');
  await agent.tickAndFinish('p');
  expect(readFileSync(join(out, 'stdin'))).toEqual(Buffer.from('a 1\r\n\xff\0\n\nno end', 'latin1'));
});

test('/dev/stdin, /dev/stdout and /dev/stderr can be opened by their paths, and tee works', async () => {
  const home = makeHome();
  for (const name of ['reads-stdin', 'tees-dev-stdout', 'writes-dev-stderr']) installPlugin(home.scripts, name);
  const agent = testDaemon(home);
  for (let run = 0; run < 2; run += 1) await agent.tickAndFinish('reads-stdin', 'tees-dev-stdout', 'writes-dev-stderr');
  const values = agent.samples.map((line) => line.replace(/ \d+$/, '').replace('testhost.', '')).sort();
  expect(values).toEqual([
    'reads-stdin.stdin_bytes 0',
    'reads-stdin.stdin_bytes 14',
    ...Array(4).fill('tees-dev-stdout.copied 1'),
    ...Array(2).fill('writes-dev-stderr.opened 1'),
  ]);
  expect(agent.events.of('run.stderr').map(({ text }) => text)).toEqual(['by its path', 'by its path']);
});

test('a script that ignores or closes a large stdin meets no error', async () => {
  const home = makeHome();
  const long = '#!/bin/sh\nhead -c 1000000 /dev/zero | tr "\\0" "\\n"\n';
  writePlugin(home.scripts, 'ignores-stdin', long);
  writePlugin(home.scripts, 'closes-stdin', long);
  const agent = testDaemon(home);
  await agent.tickAndFinish('ignores-stdin', 'closes-stdin');
  installPlugin(home.scripts, 'ignores-stdin');
  installPlugin(home.scripts, 'closes-stdin');
  await agent.tickAndFinish('ignores-stdin', 'closes-stdin');
  expect(agent.events.of('run.finished').map(({ ending }) => ending)).toEqual(
    Array(4).fill({ kind: 'exited', status: 0 }),
  );
  expect(agent.samples.filter((line) => / 1 \d+$/.test(line)).length).toBeGreaterThanOrEqual(2);
});

test('a plugin has the environment of the agent, [env] and its own section, C.UTF-8, and the directory as cwd', async () => {
  const home = makeHome();
  installPlugin(home.scripts, 'shows-environment', { as: 'show.sh' });
  const plugins = new Map([
    [
      'show',
      { ...defaultPluginSettings, enabled: true, intervalS: null, env: { OWN: "it's\nown", SHARED: 'own wins' } },
    ],
  ]);
  const agent = testDaemon(home, { env: { SHARED: 'shared', EVERY: 'one' }, plugins }, { FROM_AGENT: 'yes' });
  await agent.tickAndFinish('show.sh');
  const lines = agent.events.of('run.stderr').map(({ text }) => text);
  expect(lines).toEqual(
    expect.arrayContaining(['FROM_AGENT=yes', 'EVERY=one', 'SHARED=own wins', "OWN=it's", 'own', 'LC_ALL=C.UTF-8']),
  );
  expect(lines).toContain(`pwd ${home.scripts}`);
  expect(agent.events.of('run.stderr').every(({ pid }) => pid !== null && pid > 1)).toBe(true);
});

test('LC_ALL of the agent is left alone', async () => {
  const home = makeHome();
  writePlugin(home.scripts, 'p', '#!/bin/sh\necho "$LC_ALL" >&2\n');
  const agent = testDaemon(home, {}, { LC_ALL: 'de_DE.UTF-8' });
  await agent.tickAndFinish('p');
  expect(agent.events.of('run.stderr').map(({ text }) => text)).toEqual(['de_DE.UTF-8']);
});

test('every plugin runs in a session and process group without the agent, with default signal dispositions', async () => {
  const home = makeHome();
  for (const name of ['a', 'b']) {
    writePlugin(
      home.scripts,
      name,
      '#!/bin/sh\nps -o sess= -o pgid= -p $$ >&2\ngrep -E "Sig(Blk|Ign)" /proc/self/status >&2\n',
    );
  }
  const agent = testDaemon(home);
  await agent.tickAndFinish('a', 'b');
  const lines = agent.events.of('run.stderr');
  const groups = lines.filter(({ text }) => /^\s*\d+\s+\d+$/.test(text)).map(({ text }) => text.trim().split(/\s+/));
  expect(groups).toHaveLength(2);
  expect(groups[0]).not.toEqual(groups[1]);
  for (const [session, group] of groups) {
    expect(session).toBe(group);
    expect(Number(session)).not.toBe(process.pid);
  }
  expect(lines.filter(({ text }) => text.startsWith('Sig')).map(({ text }) => text.split('\t')[1])).toEqual(
    Array(4).fill('0000000000000000'),
  );
});

test('scripts without #!, in Python and in Perl run, and so do names with blanks, quotes and line ends', async () => {
  const home = makeHome();
  const odd = `it's "a\nb" $(c) ü.sh`;
  for (const name of ['no-shebang', 'python-gauge.py', 'perl-gauge.pl']) installPlugin(home.scripts, name);
  installPlugin(home.scripts, 'two-gauges', { as: odd });
  const agent = testDaemon(home);
  await agent.tickAndFinish('no-shebang', 'python-gauge.py', 'perl-gauge.pl', odd);
  expect(agent.events.of('run.finished').map(({ ending }) => ending)).toEqual(
    Array(4).fill({ kind: 'exited', status: 0 }),
  );
  expect(agent.samples.filter((line) => line.startsWith('testhost.it_s__a_b____c___.'))).toHaveLength(2);
});

test('one kept output per plugin lies in the state directory, with mode 0600, and the former one goes', async () => {
  const home = makeHome();
  installPlugin(home.scripts, 'counts');
  installPlugin(home.scripts, 'exits-0-silent');
  const agent = testDaemon(home);
  for (let run = 0; run < 3; run += 1) await agent.tickAndFinish('counts', 'exits-0-silent');
  const kept = readdirSync(join(home.state, 'outputs'));
  expect(kept).toHaveLength(1);
  const path = join(home.state, 'outputs', kept[0] ?? '');
  expect(readFileSync(path, 'utf8')).toBe('runs 3\n');
  expect(statSync(path).mode & 0o7777).toBe(0o600);
  expect(statSync(join(home.state, 'instrument_server.db')).mode & 0o7777).toBe(0o600);
  expect(statSync(home.state).mode & 0o7777).toBe(0o700);
});

test('a kept output that somebody removed is told, and the next run reads nothing', async () => {
  const home = makeHome();
  installPlugin(home.scripts, 'counts');
  const agent = testDaemon(home);
  await agent.tickAndFinish('counts');
  for (const name of readdirSync(join(home.state, 'outputs'))) rmSync(join(home.state, 'outputs', name));
  await agent.tickAndFinish('counts');
  expect(agent.events.of('run.output-lost').map(({ plugin }) => plugin)).toEqual(['counts']);
  expect(agent.samples.map((line) => line.split(' ')[1])).toEqual(['1', '1']);
});

test('the pipes of an agent are gone after its stop, and so are its shells', async () => {
  const home = makeHome();
  installPlugin(home.scripts, 'two-gauges');
  const agent = testDaemon(home);
  await agent.tickAndFinish('two-gauges');
  expect(readdirSync(join(home.state, 'pipes'))).toHaveLength(3); // with the notes on the scripts
  await agent.stop();
  expect(readdirSync(join(home.state, 'pipes'))).toEqual([]);
  expect(existsSync(join(home.state, 'pipes'))).toBe(true);
});

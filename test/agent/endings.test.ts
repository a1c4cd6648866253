import { closeSync, openSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { logLine } from '../../src/log/catalogue.ts';
import { explanationOf } from '../../src/words/explanation.ts';
import { installPlugin, writePlugin } from '../helpers/install-plugin.ts';
import { makeHome, testDaemon } from '../helpers/test-daemon.ts';
import { turnUntil } from '../helpers/turns.ts';

const showArguments = '#!/bin/sh\necho "args $#"\necho "ended $1"\n[ $# -lt 2 ] || echo "status $2"\n';

describe('how a run ends decides what is sent and what the next run is told', () => {
  const rows = [
    { title: 'exit 0', body: 'exit 0', sent: true, status: 0, ending: { kind: 'exited', status: 0 } },
    { title: 'exit 1', body: 'exit 1', sent: false, status: 1, ending: { kind: 'exited', status: 1 } },
    { title: 'exit 3', body: 'exit 3', sent: false, status: 3, ending: { kind: 'exited', status: 3 } },
    { title: 'exit 126, its own', body: 'exit 126', sent: false, status: 126, ending: { kind: 'exited', status: 126 } },
    {
      title: 'exit 127, its own',
      body: 'nosuchcommand; exit 127',
      sent: false,
      status: 127,
      ending: { kind: 'exited', status: 127 },
    },
    { title: 'exit 137, its own', body: 'exit 137', sent: false, status: 137, ending: { kind: 'exited', status: 137 } },
    { title: 'exit 255', body: 'exit 255', sent: false, status: 255, ending: { kind: 'exited', status: 255 } },
    {
      title: 'SIGKILL',
      body: 'kill -KILL $$',
      sent: false,
      status: 137,
      ending: { kind: 'signaled', signal: 'SIGKILL', status: 137 },
    },
    {
      title: 'SIGTERM',
      body: 'kill -TERM $$',
      sent: false,
      status: 143,
      ending: { kind: 'signaled', signal: 'SIGTERM', status: 143 },
    },
    {
      title: 'SIGINT',
      body: 'kill -INT $$',
      sent: false,
      status: 130,
      ending: { kind: 'signaled', signal: 'SIGINT', status: 130 },
    },
    {
      title: 'SIGPIPE',
      body: 'kill -PIPE $$',
      sent: false,
      status: 141,
      ending: { kind: 'signaled', signal: 'SIGPIPE', status: 141 },
    },
    {
      title: 'SIGSEGV',
      body: 'ulimit -c 0; kill -SEGV $$',
      sent: false,
      status: 139,
      ending: { kind: 'signaled', signal: 'SIGSEGV', status: 139 },
    },
  ];
  for (const { title, body, sent, status, ending } of rows) {
    test(`${title}: samples are ${sent ? '' : 'not '}sent, the next run is told ${status}, its time, and its output`, async () => {
      const home = makeHome();
      writePlugin(home.scripts, 'p', `#!/bin/sh\necho "reading 7"\n${body}\n`);
      const agent = testDaemon(home);
      await agent.tickAndFinish('p');
      expect(agent.events.of('run.finished').map((run) => run.ending)).toEqual([ending]);
      expect(agent.samples.map((line) => line.split(' ')[0])).toEqual(sent ? ['testhost.p.reading'] : []);
      const endedAtS = Math.floor(agent.clock.nowMs() / 1000);

      writePlugin(home.scripts, 'p', `${showArguments}read -r name value\necho "before.$name $value"\n`);
      await agent.tickAndFinish('p');
      const told = agent.samples
        .filter((line) => !line.startsWith('testhost.p.reading'))
        .map((line) => line.replace(/ \d+$/, ''));
      expect(told).toEqual([
        'testhost.p.args 2',
        `testhost.p.ended ${endedAtS}`,
        `testhost.p.status ${status}`,
        'testhost.p.before.reading 7',
      ]);
    });
  }

  test('a plugin that sends a signal to its own group ends itself and nobody else', async () => {
    const home = makeHome();
    installPlugin(home.scripts, 'kills-its-group');
    installPlugin(home.scripts, 'two-gauges');
    const agent = testDaemon(home, { maxConcurrency: 1 });
    for (let run = 0; run < 2; run += 1) {
      await turnUntil(agent.tickAndFinish('kills-its-group', 'two-gauges'), () => agent.clock.advance(0.01)); // the lane looks whether its script went with it, and dying takes real time
    }
    const endings = agent.events.of('run.finished').map(({ plugin, ending }) => [plugin, ending.kind]);
    expect(endings.filter(([plugin]) => plugin === 'two-gauges')).toEqual([
      ['two-gauges', 'exited'],
      ['two-gauges', 'exited'],
    ]);
    expect(endings.filter(([plugin]) => plugin === 'kills-its-group')).toEqual([
      ['kills-its-group', 'signaled'],
      ['kills-its-group', 'signaled'],
    ]);
  });

  const neverBegan = [
    { title: 'a missing interpreter', file: 'missing-interpreter', says: /interpreter .* does not exist \(ENOENT\)/ },
    { title: 'CRLF in the #! line', file: 'crlf-shebang', says: /ends in CRLF.*sed -i/ },
  ];
  for (const { title, file, says } of neverBegan) {
    test(`${title} is told with its cause and cure, and the state for the next run stays`, async () => {
      const home = makeHome();
      writePlugin(home.scripts, file, '#!/bin/sh\necho "kept 1"\nexit 3\n');
      const agent = testDaemon(home);
      await agent.tickAndFinish(file);
      const endedAtS = Math.floor(agent.clock.nowMs() / 1000);
      installPlugin(home.scripts, file);
      await agent.tickAndFinish(file);
      const failed = agent.events.of('run.failed').at(-1);
      expect(failed?.ending.kind).toBe('not-started');
      expect(failed && explanationOf(failed.advice)).toMatch(says);
      expect(agent.events.of('run.stderr')).toEqual([]);
      writePlugin(home.scripts, file, showArguments);
      await agent.tickAndFinish(file);
      expect(agent.samples.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
        `testhost.${file}.args 2`,
        `testhost.${file}.ended ${endedAtS}`,
        `testhost.${file}.status 3`,
      ]);
    });
  }

  test('a script that somebody has open for writing is not started, and runs at the next tick after they close it', async () => {
    const home = makeHome();
    const path = installPlugin(home.scripts, 'two-gauges');
    const agent = testDaemon(home);
    const fd = openSync(path, 'r+');
    await agent.tickAndFinish('two-gauges');
    expect(agent.events.of('run.failed').map(({ ending }) => ending)).toMatchObject([
      { kind: 'not-started', code: 'ETXTBSY' },
    ]);
    closeSync(fd);
    await agent.tickAndFinish('two-gauges');
    expect(agent.samples).toHaveLength(2);
  });

  test('a failure that lasts is told at its first, 2nd, 4th and 8th time, and so is its end', async () => {
    const home = makeHome();
    installPlugin(home.scripts, 'exits-3');
    const agent = testDaemon(home);
    for (let run = 0; run < 9; run += 1) await agent.tickAndFinish('exits-3');
    const told = agent.events.of('run.failed').filter((event) => logLine(event).level === 'warn');
    expect(told.map(({ repeat }) => repeat)).toEqual([1, 2, 4, 8]);
    writePlugin(home.scripts, 'exits-3', '#!/bin/sh\nexit 0\n');
    await agent.tickAndFinish('exits-3');
    expect(agent.events.of('run.recovered').map(({ failures }) => failures)).toEqual([9]);
  });

  test('the state outlives a restart of the agent: time, status and output', async () => {
    const home = makeHome();
    writePlugin(home.scripts, 'p', '#!/bin/sh\nprintf "one 1\\ntwo 2"\nexit 3\n');
    const first = testDaemon(home);
    await first.tickAndFinish('p');
    const endedAtS = Math.floor(first.clock.nowMs() / 1000);
    await first.stop();
    writePlugin(home.scripts, 'p', `${showArguments}echo "bytes $(cat | wc -c)"\n`);
    const second = testDaemon(home);
    await second.tickAndFinish('p');
    const told = second.samples.map((line) => line.replace(/ \d+$/, '').replace('testhost.p.', ''));
    expect(told).toEqual(['args 2', `ended ${endedAtS}`, 'status 3', 'bytes 11']);
  });
});

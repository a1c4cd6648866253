import { describe, expect, test } from 'vitest';
import { defaultPluginSettings } from '../../src/config/plugin-settings.ts';
import type { PluginSettings } from '../../src/model/config.ts';
import { writePlugin } from '../helpers/install-plugin.ts';
import { makeHome, testDaemon } from '../helpers/test-daemon.ts';

/** An agent with one plugin `p`, whose section says this. */
function agentWith(script: string, settings: Partial<PluginSettings>, change = {}) {
  const home = makeHome();
  writePlugin(home.scripts, 'p', script);
  const plugins = new Map([['p', { ...defaultPluginSettings, ...settings }]]);
  const agent = testDaemon(home, { plugins, ...change });
  const values = () => agent.samples.map((line) => line.replace(/ \d+$/, '').replace('testhost.', ''));
  return { ...agent, home, values, finished: () => agent.events.of('run.finished').at(-1) };
}

describe('a plugin in another format', () => {
  test('gets the arguments of its section, and neither arguments nor a stdin of the agent', async () => {
    const script = '#!/bin/sh\necho "all $#"\necho "bytes $(wc -c)"\nif [ "$1" = "-w" ]; then echo "second $2"; fi\n';
    const agent = agentWith(script, { format: 'prometheus', args: ['-w', '5'] });
    await agent.tickAndFinish('p');
    await agent.tickAndFinish('p');
    const all = ['p.all 2', 'p.bytes 0', 'p.second 5'];
    expect(agent.values()).toEqual([...all, ...all]);
  });

  test('has failed with an exit status that is no state in its format', async () => {
    const agent = agentWith('#!/bin/sh\necho "a 1"\nexit 1\n', { format: 'prometheus' });
    await agent.tickAndFinish('p');
    expect(agent.values()).toEqual([]);
    expect(agent.plugin('p').plugins[0]).toMatchObject({ state: 'failing', failuresInARow: 1 });
  });

  test('counts values that are not finite apart, and says so where there are no others', async () => {
    const agent = agentWith('#!/bin/sh\necho "a NaN"\necho "b +Inf"\n', { format: 'prometheus' });
    await agent.tickAndFinish('p');
    const [plugin] = agent.plugin('p').plugins;
    expect(plugin).toMatchObject({ state: 'silent', lastRun: { samples: 0, badLines: 0, notFinite: 2 } });
    expect(plugin?.reasons[0]).toMatchObject({ kind: 'empty-output', commands: ['instrument_server run p'] });
    expect(plugin?.reasons[0]?.sentence).toMatch(/only values that are not finite \(2 of them\)/);
  });

  test('that printed lines without any value is told so', async () => {
    const agent = agentWith('#!/bin/sh\necho "# HELP a b"\n', { format: 'prometheus' });
    await agent.tickAndFinish('p');
    expect(agent.plugin('p').plugins[0]?.reasons[0]?.sentence).toMatch(/printed no value that can be sent; this shows/);
  });

  test('that printed nothing is tried by hand as the agent runs it', async () => {
    const agent = agentWith('#!/bin/sh\n', { format: 'prometheus' });
    await agent.tickAndFinish('p');
    const [reason] = agent.plugin('p').plugins[0]?.reasons ?? [];
    expect(reason?.sentence).toMatch(/printed nothing on stdout; try it by hand$/);
    expect(reason?.commands).toEqual(['instrument_server run p']);
  });
});

test('with the format of the agent, the arguments of a section come before its own', async () => {
  const agent = agentWith('#!/bin/sh\necho "first $1"\necho "count $#"\n', { args: ['7'] });
  await agent.tickAndFinish('p');
  expect(agent.values()).toEqual(['p.first 7', 'p.count 2']);
  await agent.tickAndFinish('p');
  expect(agent.values().slice(2)).toEqual(['p.first 7', 'p.count 3']);
});

describe('a Nagios check', () => {
  const warning = '#!/bin/sh\necho "LOAD WARNING - x|load1=59.770;5;100;0;"\nexit 1\n';

  test('reports with a state of 1 to 3, which is data', async () => {
    const agent = agentWith(warning, { format: 'nagios' });
    await agent.tickAndFinish('p');
    expect(agent.values().sort()).toEqual(['p.load1 59.77', 'p.state 1']);
    const [plugin] = agent.plugin('p').plugins;
    expect(plugin).toMatchObject({ state: 'ok', reasons: [], failuresInARow: 0 });
    expect(plugin?.lastRun).toMatchObject({ status: 1, message: 'LOAD WARNING - x', checkState: 'WARNING' });
    expect(agent.status().totals).toMatchObject({ runs: 1, runsFailed: 0 });
  });

  test('has failed with any other status, and its output is not sent', async () => {
    const agent = agentWith('#!/bin/sh\necho "x|a=1"\nexit 127\n', { format: 'nagios' });
    await agent.tickAndFinish('p');
    expect(agent.values()).toEqual([]);
    const [plugin] = agent.plugin('p').plugins;
    expect(plugin?.state).toBe('failing');
    expect(plugin?.reasons[0]?.sentence).toMatch(
      /^it exited with status 127, which is no state of a Nagios check \(0 to 3\), so its output was not sent; 127 usually/,
    );
    expect(plugin?.reasons[0]?.sentence).toMatch(/so that it exits with 0 to 3$/);
    expect(plugin?.lastRun).not.toHaveProperty('checkState');
  });

  test('has failed if a signal ended it', async () => {
    const agent = agentWith('#!/bin/sh\necho "x|a=1"\nkill -TERM $$\n', { format: 'nagios' });
    await agent.tickAndFinish('p');
    expect(agent.finished()).toMatchObject({ failure: { kind: 'signal' }, checkState: null, samples: 0 });
  });

  test('has a message of at most 500 characters', async () => {
    const agent = agentWith(`#!/bin/sh\necho "OK ${'x'.repeat(600)}"\n`, { format: 'nagios' });
    await agent.tickAndFinish('p');
    expect(agent.finished()?.message).toMatch(/^OK x{100,497}$/);
  });
});

describe('the paths of Graphite lines', () => {
  test('stand behind the plugin, unless they are sent as they are', async () => {
    const agent = agentWith('#!/bin/sh\necho "h.load 1 -1"\n', { format: 'graphite' });
    await agent.tickAndFinish('p');
    agent.reload({ plugins: new Map([['p', { ...defaultPluginSettings, format: 'graphite', keepNames: true }]]) });
    await agent.tickAndFinish('p');
    expect(agent.samples.map((line) => line.split(' ')[0])).toEqual(['testhost.p.h.load', 'h.load']);
  });

  test('that are sent as they are collide with host metrics of the same name, and with no others', async () => {
    const lines = ['testhost.cpu.user 1 -1', 'testhosX.cpu.user 2 -1', 'other.cpu.user 3 -1'];
    const script = `#!/bin/sh\n${lines.map((line) => `echo "${line}"\n`).join('')}`;
    const agent = agentWith(script, { format: 'graphite', keepNames: true }, { hostMetrics: true });
    await agent.tickAndFinish('p');
    expect(agent.finished()).toMatchObject({ samples: 2, takenByHost: { count: 1, names: ['testhost.cpu.user'] } });
  });
});

describe('an output that looks like that of another system', () => {
  test('is told with the format to configure, and where', async () => {
    const agent = agentWith('#!/bin/sh\necho "LOAD OK - x|load1=1"\n', {});
    await agent.tickAndFinish('p');
    expect(agent.finished()?.looksLike).toEqual({
      kind: 'nagios',
      sentence:
        'this looks like Nagios output; put format = nagios under [plugin:p] in /etc/instrument_server.ini; the command shows what that gives',
      commands: ['instrument_server run --format nagios p'],
    });
    expect(agent.plugin('p').plugins[0]?.output?.looksLike?.kind).toBe('nagios');
  });

  test('is told so if it is Prometheus text and gives no more than the state of a check', async () => {
    const text = '# HELP up Up.\n# TYPE up gauge\nup{a="b|c"} 1\nup{a="c"} 1\n';
    const print = (shown: string) => `#!/bin/sh\ncat <<'E'\n${shown}E\n`;
    const agent = agentWith(print(text), { format: 'nagios' });
    await agent.tickAndFinish('p');
    const sentence =
      'this looks like Prometheus text, and is read as nagios; put format = prometheus under [plugin:p] in /etc/instrument_server.ini; the command shows what that gives';
    const commands = ['instrument_server run --format prometheus p'];
    expect(agent.finished()?.looksLike).toEqual({ kind: 'prometheus', sentence, commands });
    const { reasons, output } = agent.plugin('p').plugins[0] ?? {};
    expect(reasons?.[0]?.sentence).toContain(sentence);
    expect(output?.looksLike?.kind).toBe('prometheus');
  });

  test('is not looked for in the text of a check, however that begins, nor in one that is long', async () => {
    for (const text of ['up 1\n', '0 a - all well\n', `# TYPE up gauge\n${'up 1\n'.repeat(40_000)}`]) {
      const agent = agentWith(`#!/bin/sh\nyes '${text.slice(0, -1)}' | head -c ${text.length}\n`, { format: 'nagios' });
      await agent.tickAndFinish('p');
      expect(agent.finished()).toMatchObject({ samples: 1, badLines: 0, looksLike: null });
    }
  });

  test('is told so of a failed check, too', async () => {
    const agent = agentWith('#!/bin/sh\necho "LOAD WARNING - x|load1=1"\nexit 1\n', {});
    await agent.tickAndFinish('p');
    expect(agent.plugin('p').plugins[0]?.reasons[0]?.sentence).toContain('put format = nagios under [plugin:p]');
  });

  test('is told so if it is read in a wrong format and nothing in it could be read', async () => {
    const agent = agentWith('#!/bin/sh\necho "LOAD OK - x|load1=1"\n', { format: 'opentsdb' });
    await agent.tickAndFinish('p');
    expect(agent.finished()?.looksLike?.sentence).toMatch(
      /^this looks like Nagios output, and is read as opentsdb; put/,
    );
  });
});

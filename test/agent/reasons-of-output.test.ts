import { join } from 'node:path';
import { expect, test } from 'vitest';
import { defaultPluginSettings } from '../../src/config/plugin-settings.ts';
import { installPlugin, writePlugin } from '../helpers/install-plugin.ts';
import { makeHome, testConfig, testDaemon } from '../helpers/test-daemon.ts';
import { explanation, kinds, plugin, typeFrom } from './reasons-set-up.ts';

const good = '#!/bin/sh\necho "a 1"\n';

test('a run that prints nothing says so, and how to try it by hand; one that prints lines is forgotten', async () => {
  const home = makeHome();
  const path = installPlugin(home.scripts, 'exits-0-silent', { as: 'silent.sh' });
  const agent = testDaemon(home);
  await agent.tickAndFinish('silent.sh');
  expect(explanation(agent, 'silent', 'empty-output')).toBe(
    `its last run exited with 0 and printed nothing on stdout; print NAME VALUE lines, and try it by hand; '${path}' 0`,
  );
  expect(plugin(agent, 'silent')).toMatchObject({ state: 'silent', lastReportAtS: null });
  writePlugin(home.scripts, 'silent.sh', '#!/bin/sh\necho\necho "to stderr 1" >&2\n');
  await agent.tickAndFinish('silent.sh');
  expect(explanation(agent, 'silent', 'empty-output')).toBe(
    `its last run exited with 0 and printed only blank lines on stdout; its last line on stderr: "to stderr 1"; print NAME VALUE lines, and try it by hand; '${path}' 0; instrument_server status silent.sh`,
  );
  writePlugin(home.scripts, 'silent.sh', good);
  await agent.tickAndFinish('silent.sh');
  expect(plugin(agent, 'silent')).toMatchObject({
    state: 'ok',
    reasons: [],
    lastReportAtS: agent.clock.nowMs() / 1000,
  });
});

test('only bad lines: the first is quoted with its hint', async () => {
  const home = makeHome();
  writePlugin(home.scripts, 'bad.sh', '#!/bin/sh\necho\necho "load 5%"\necho "users"\n');
  const agent = testDaemon(home);
  await agent.tickAndFinish('bad.sh');
  expect(explanation(agent, 'bad', 'only-bad-lines')).toBe(
    '2 of 2 lines are not samples; the first is line 2, "load 5%": leave out the %: 5',
  );
  expect(agent.plugin('bad').plugins[0]).toMatchObject({
    state: 'bad-lines',
    firstBadLines: [
      { line: 2, text: 'load 5%', reason: 'not-a-number' },
      { line: 3, text: 'users', reason: 'too-few-words' },
    ],
  });
  writePlugin(home.scripts, 'bad.sh', '#!/bin/sh\necho "load 5"\n');
  await agent.tickAndFinish('bad.sh');
  expect(agent.plugin('bad').plugins[0]).toMatchObject({ state: 'ok', reasons: [], firstBadLines: [] });
});

test('some bad lines among good ones: the plugin reports, and less than it should', async () => {
  const home = makeHome();
  writePlugin(home.scripts, 'some.sh', '#!/bin/sh\necho "a 1"\necho "b x"\necho "c 3"\n');
  const agent = testDaemon(home);
  await agent.tickAndFinish('some.sh');
  expect(explanation(agent, 'some', 'some-bad-lines')).toMatch(
    /^1 of 3 lines is not a sample; the first is line 2, "b x": /,
  );
  expect(plugin(agent, 'some')).toMatchObject({ state: 'ok', lastRun: { samples: 2, badLines: 1 } });
  writePlugin(home.scripts, 'some.sh', good);
  await agent.tickAndFinish('some.sh');
  expect(kinds(agent, 'some')).toEqual([]);
});

test('a decimal comma is called by its name, and what the hint says mends it', async () => {
  const home = makeHome();
  writePlugin(home.scripts, 'comma.sh', '#!/bin/sh\necho "load 1,5"\n');
  const agent = testDaemon(home);
  await agent.tickAndFinish('comma.sh');
  expect(explanation(agent, 'comma', 'decimal-comma')).toBe(
    '1 of 1 lines is not a sample; the first is line 1, "load 1,5": write 1.5, or run with LC_ALL=C',
  );
  expect(plugin(agent, 'comma').state).toBe('bad-lines');
  writePlugin(home.scripts, 'comma.sh', '#!/bin/sh\necho "load 1.5"\n');
  await agent.tickAndFinish('comma.sh');
  expect(kinds(agent, 'comma')).toEqual([]);
});

test('16 MiB without a line end are not blank lines', async () => {
  const home = makeHome();
  const path = writePlugin(home.scripts, 'endless', '#!/bin/sh\nyes "a 1" | tr "\\n" " " | head -c 17000000\n');
  const agent = testDaemon(home);
  await agent.tickAndFinish('endless');
  expect(explanation(agent, 'endless', 'no-line-end')).toBe(
    `its last run printed 16 MiB without a line end; end each NAME VALUE line with \\n; this shows how it begins; '${path}' 0 | head -c 200`,
  );
  expect(kinds(agent, 'endless')).toEqual(['no-line-end']);
  expect(plugin(agent, 'endless')).toMatchObject({ state: 'bad-lines', lastRun: { samples: 0, badLines: 0 } });
  expect(typeFrom(explanation(agent, 'endless', 'no-line-end'), `'${path}'`)).toBe('a 1 '.repeat(50));
  writePlugin(home.scripts, 'endless', good);
  await agent.tickAndFinish('endless');
  expect(kinds(agent, 'endless')).toEqual([]);
});

test('blank lines beyond max_output are blank lines; a line that is cut after a few of them has no end', async () => {
  const home = makeHome();
  writePlugin(home.scripts, 'blank', '#!/bin/sh\nyes "" | head -c 200\n');
  writePlugin(home.scripts, 'cut', '#!/bin/sh\nprintf "\\n\\n"; yes "" | head -c 200 | tr "\\n" x\n');
  const scripts = { ...testConfig(home).scripts, maxOutputBytes: 70 };
  const agent = testDaemon(home, { scripts });
  await agent.tickAndFinish('blank', 'cut');
  expect(explanation(agent, 'blank', 'empty-output')).toContain('printed only blank lines');
  expect(explanation(agent, 'cut', 'no-line-end')).toContain('its last run printed 68 bytes without a line end;');
});

test('an output in the format of another system is called by its name, and read once that is configured', async () => {
  const home = makeHome();
  const output = 'a{b="c"} 1\na{b="d"} 2\n# TYPE e gauge\ne 3\n';
  writePlugin(home.scripts, 'metrics.sh', `#!/bin/sh\ncat <<'END'\n${output}END\n`);
  const agent = testDaemon(home);
  await agent.tickAndFinish('metrics.sh');
  const [advice] = plugin(agent, 'metrics').reasons;
  expect(advice?.sentence).toMatch(
    /^3 of 4 lines are not samples; the first is line 1, "a\{b="c"\} 1": this looks like Prometheus text; /,
  );
  expect(agent.plugin('metrics').plugins[0]).toMatchObject({
    state: 'ok',
    firstBadLines: [{ line: 1, reason: 'bad-name', hint: expect.stringContaining('`{`') }, {}, {}],
    looksLike: { kind: 'prometheus' },
    output: {
      looksLike: { kind: 'prometheus' },
      lines: [{ verdict: { kind: 'bad-line', reason: 'bad-name' } }, {}, {}, {}],
    },
  });
  expect(advice?.commands).toEqual(['instrument_server run --format prometheus metrics.sh']);
  agent.reload({ plugins: new Map([['metrics', { ...defaultPluginSettings, format: 'prometheus' }]]) });
  await agent.tickAndFinish('metrics.sh');
  expect(kinds(agent, 'metrics')).toEqual([]);
  expect(agent.samples.slice(-3).map((line) => line.split(' ').slice(0, 2))).toEqual([
    ['testhost.metrics.a.b.c', '1'],
    ['testhost.metrics.a.b.d', '2'],
    ['testhost.metrics.e', '3'],
  ]);
});

test('a Nagios check that fails with its state is called by its name, however it ends', async () => {
  const home = makeHome();
  const check = 'echo "DISK CRITICAL - free: 1% | used=99%;80;90"\n';
  for (const status of [2, 3, 4]) writePlugin(home.scripts, `check${status}`, `#!/bin/sh\n${check}exit ${status}\n`);
  writePlugin(home.scripts, 'other', '#!/bin/sh\necho "{}"\nexit 1\n');
  const agent = testDaemon(home);
  await agent.tickAndFinish('check2', 'check3', 'check4', 'other');
  expect(explanation(agent, 'check2', 'exit-status')).toMatch(
    /^it exited with status 2, so its output was not sent; .*this looks like Nagios output; /,
  );
  expect(explanation(agent, 'check3', 'exit-status')).toContain('Nagios');
  expect(explanation(agent, 'check4', 'exit-status')).not.toContain('Nagios');
  expect(explanation(agent, 'other', 'exit-status')).not.toContain('JSON');
  const { commands } = plugin(agent, 'check2').reasons[0] ?? { commands: [] };
  expect(commands).toEqual(['instrument_server run --format nagios check2']);
});

test('the same name and time twice in a run: both are sent, and the plugin is told', async () => {
  const home = makeHome();
  writePlugin(home.scripts, 'twice', '#!/bin/sh\necho "a 1"\necho "b 2"\necho "a 3"\necho "b 4 1700000000"\n');
  const agent = testDaemon(home);
  await agent.tickAndFinish('twice');
  await agent.untilSamples(4);
  expect(agent.samples.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
    'testhost.twice.a 1',
    'testhost.twice.b 2',
    'testhost.twice.a 3',
    'testhost.twice.b 4',
  ]);
  expect(plugin(agent, 'twice')).toMatchObject({ state: 'ok', reasons: [], lastRun: { samples: 4 } });
  expect(agent.plugin('twice').plugins[0]?.output?.duplicate).toMatchObject({
    kind: 'duplicate',
    sentence: expect.stringContaining('line 3 has the name and the time of line 1 (testhost.twice.a);'),
  });
});

test('an output beyond max_output tells how much is needed, and with so much nothing of it is lost', async () => {
  const home = makeHome();
  writePlugin(home.scripts, 'long', '#!/bin/sh\ni=0\nwhile [ $i -lt 20 ]; do echo "a.$i 1"; i=$((i + 1)); done\n');
  const scripts = { ...testConfig(home).scripts, maxOutputBytes: 70 };
  const agent = testDaemon(home, { scripts });
  await agent.tickAndFinish('long');
  expect(explanation(agent, 'long', 'output-cut')).toBe(
    'its last output was longer than what is kept, and its end was lost; print less, or set max_output = 1MiB under [scripts]',
  );
  expect(plugin(agent, 'long')).toMatchObject({
    state: 'ok',
    lastRun: { samples: 11, outputBytes: 130, droppedBytes: 60 },
  });
  agent.reload({ scripts: { ...scripts, maxOutputBytes: 1024 * 1024 } });
  await agent.tickAndFinish('long');
  expect(plugin(agent, 'long')).toMatchObject({ reasons: [], lastRun: { samples: 20, droppedBytes: 0 } });
});

test('an output that could not be read when it was whole is lost, which is said', async () => {
  const home = makeHome();
  const spoil = `for file in '${join(home.state, 'outputs')}'/*; do rm "$file"; mkdir "$file"; done\n`;
  const print = 'i=0\nwhile [ $i -lt 20000 ]; do echo "metric.$i 1"; i=$((i + 1)); done\n';
  writePlugin(home.scripts, 'lost', `#!/bin/sh\n${print}${spoil}`);
  const agent = testDaemon(home);
  await agent.tickAndFinish('lost');
  expect(explanation(agent, 'lost', 'output-lost')).toMatch(
    /^its last output was lost: its samples could not be counted: EISDIR/,
  );
  expect(plugin(agent, 'lost')).toMatchObject({ state: 'failing', lastRun: { samples: 0 } });
  writePlugin(home.scripts, 'lost', `#!/bin/sh\n${print}`);
  await agent.tickAndFinish('lost');
  expect(kinds(agent, 'lost')).toEqual([]);
});

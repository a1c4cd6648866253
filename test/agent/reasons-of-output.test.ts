import { join } from 'node:path';
import { expect, test } from 'vitest';
import { installPlugin, writePlugin } from '../helpers/install-plugin.ts';
import { makeHome, testDaemon } from '../helpers/test-daemon.ts';
import { explanation, kinds, plugin } from './reasons-set-up.ts';

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
    `its last run exited with 0 and printed only blank lines on stdout; print NAME VALUE lines, and try it by hand; its stderr is in its status; '${path}' 0; instrument_server status silent.sh`,
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

test('an output beyond max_output tells how much is needed, and with so much nothing of it is lost', async () => {
  const home = makeHome();
  writePlugin(home.scripts, 'long', '#!/bin/sh\ni=0\nwhile [ $i -lt 20 ]; do echo "a.$i 1"; i=$((i + 1)); done\n');
  const scripts = { enabled: true, location: home.scripts, isDefaultLocation: false, maxOutputBytes: 70 };
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

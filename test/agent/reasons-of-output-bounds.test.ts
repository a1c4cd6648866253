import { expect, test } from 'vitest';
import { writePlugin } from '../helpers/install-plugin.ts';
import { makeHome, testConfig, testDaemon } from '../helpers/test-daemon.ts';
import { explanation, kinds, plugin } from './reasons-set-up.ts';

test('of an output on disk with other names at each run, the names within the bound arrive, and a good plugin beside it loses nothing', async () => {
  const home = makeHome();
  writePlugin(home.scripts, 'good', '#!/bin/sh\necho "a 1"\n');
  writePlugin(home.scripts, 'pids', '#!/bin/sh\nseq -f "pid_of_a_process_$$.%g 1" 20000\n');
  const agent = testDaemon(home, { bounds: { ...testConfig(home).bounds, maxNames: 25_000 } });
  await agent.tickAndFinish('good', 'pids');
  expect(kinds(agent, 'pids')).toEqual([]);
  await agent.tickAndFinish('good', 'pids');
  expect(agent.events.of('run.too-many-names')).toMatchObject([{ samples: 15_000, maxNames: 25_000, repeat: 1 }]);
  expect(plugin(agent, 'pids')).toMatchObject({ state: 'ok', lastRun: { samples: 5000 } });
  expect(explanation(agent, 'pids', 'too-many-names')).toMatch(
    /^15000 samples of its last run have new names, the first/,
  );
  await agent.untilSamples(25_002);
  const names = agent.samples.map((line) => line.split(' ')[0]);
  expect([names.filter((name) => name === 'testhost.good.a').length, new Set(names).size]).toEqual([2, 25_001]);
  await agent.tickAndFinish('good', 'pids');
  expect(plugin(agent, 'pids')).toMatchObject({ state: 'silent', lastRun: { samples: 0 } });
});

test('of a run with more samples than max_samples the first arrive, those after them are counted', async () => {
  const home = makeHome();
  writePlugin(home.scripts, 'many', '#!/bin/sh\nseq -f "a %g" 30000\n');
  const agent = testDaemon(home, { bounds: { ...testConfig(home).bounds, maxSamples: 10_000 } });
  await agent.tickAndFinish('many');
  expect(agent.events.of('run.too-many-samples')).toMatchObject([{ samples: 20_000, maxSamples: 10_000 }]);
  await agent.untilSamples(10_000);
  await agent.tickAndFinish('many');
  await agent.untilSamples(20_000);
  const values = agent.samples.map((line) => Number(line.split(' ')[1]));
  expect([values.length, values[9999], values[10_000]]).toEqual([20_000, 10_000, 1]);
  expect(plugin(agent, 'many')).toMatchObject({ state: 'ok', lastRun: { samples: 10_000 } });
  expect(explanation(agent, 'many', 'too-many-samples')).toMatch(/^20000 samples of its last run were not sent: a run/);
});

test('of what a plugin writes to stderr, max_stderr an hour is logged, the rest is counted, and its status has the last lines', async () => {
  const home = makeHome();
  writePlugin(home.scripts, 'chatty', '#!/bin/sh\nseq -f "line %g of $$" 100 >&2\necho "last of $$" >&2\necho "a 1"\n');
  const agent = testDaemon(home, { bounds: { ...testConfig(home).bounds, maxStderrBytes: 1024 } });
  await agent.tickAndFinish('chatty');
  expect(agent.events.of('run.stderr-limited')).toMatchObject([{ mostBytes: 1024, repeat: 1 }]);
  const logged = agent.events.of('run.stderr').length;
  expect(logged).toBeGreaterThan(50);
  await agent.tickAndFinish('chatty');
  expect(agent.events.of('run.stderr')).toHaveLength(logged);
  expect(plugin(agent, 'chatty')).toMatchObject({
    state: 'ok',
    lastRun: { lastStderr: expect.stringMatching(/^last of/) },
  });
  const lines = 202 - logged;
  expect(explanation(agent, 'chatty', 'stderr-cut')).toMatch(new RegExp(`^${lines} lines of its stderr in this hour`));
});

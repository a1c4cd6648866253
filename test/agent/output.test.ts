import { expect, test } from 'vitest';
import { holdFifo } from '../helpers/hold-fifo.ts';
import { installPlugin, writePlugin } from '../helpers/install-plugin.ts';
import { makeHome, testConfig, testDaemon } from '../helpers/test-daemon.ts';
import { turnUntil } from '../helpers/turns.ts';

const names = (samples: readonly string[]) => samples.map((line) => line.split(' ')[0]);

test('CRLF output gives the same samples', async () => {
  const home = makeHome();
  installPlugin(home.scripts, 'crlf-output');
  const agent = testDaemon(home);
  await agent.tickAndFinish('crlf-output');
  expect(agent.samples.length).toBeGreaterThan(0);
  expect(agent.events.of('run.bad-lines')).toEqual([]);
});

test('a byte that is not UTF-8 makes its own line bad and nothing else', async () => {
  const home = makeHome();
  installPlugin(home.scripts, 'bad-utf8');
  const agent = testDaemon(home);
  await agent.tickAndFinish('bad-utf8');
  expect(names(agent.samples)).toEqual(['testhost.bad-utf8.before', 'testhost.bad-utf8.after']);
  expect(agent.events.of('run.bad-lines')).toMatchObject([{ count: 1, first: [{ line: 2, reason: 'bad-name' }] }]);
});

test('a decimal comma is told with its line and what to write instead', async () => {
  const home = makeHome();
  installPlugin(home.scripts, 'decimal-comma');
  const agent = testDaemon(home);
  await agent.tickAndFinish('decimal-comma');
  const [told] = agent.events.of('run.bad-lines');
  expect(told?.first[0]).toMatchObject({ reason: 'decimal-comma', hint: expect.stringContaining('LC_ALL=C') });
});

test('200 kB of good lines arrive whole', async () => {
  const home = makeHome();
  writePlugin(home.scripts, 'p', '#!/bin/sh\nexec awk \'BEGIN { for (i = 0; i < 15000; i++) print "line." i, i }\'\n');
  const agent = testDaemon(home);
  await agent.tickAndFinish('p');
  await agent.untilSamples(15000);
  expect(agent.samples[14999]).toMatch(/^testhost\.p\.line\.14999 14999 /);
});

test('of an output beyond max_output the whole lines kept count, and the overflow is told', async () => {
  const home = makeHome();
  writePlugin(home.scripts, 'p', '#!/bin/sh\nprintf "a 1\\nb 2\\nc 3456\\n"\n');
  const agent = testDaemon(home, {
    scripts: { ...testConfig(home).scripts, maxOutputBytes: 11 },
  });
  await agent.tickAndFinish('p');
  expect(names(agent.samples)).toEqual(['testhost.p.a', 'testhost.p.b']);
  expect(agent.events.of('run.overflowed')).toMatchObject([{ keptBytes: 11, droppedBytes: 4, repeat: 1 }]);
  expect(agent.events.of('run.bad-lines')).toEqual([]);
});

test('20 MB of output neither stalls the agent nor the others; what was kept is read', async () => {
  const home = makeHome();
  installPlugin(home.scripts, 'floods-stdout.sh');
  installPlugin(home.scripts, 'two-gauges');
  const bounds = { ...testConfig(home).bounds, maxNames: 1_000_000 };
  const agent = testDaemon(home, { maxConcurrency: 1, bounds });
  await agent.tickAndFinish('floods-stdout.sh', 'two-gauges');
  expect(agent.events.of('run.overflowed').map(({ keptBytes }) => keptBytes)).toEqual([16 * 1024 * 1024]);
  const flood = agent.events.of('run.finished').find(({ plugin }) => plugin === 'floods-stdout.sh');
  expect(flood?.samples).toBeGreaterThan(800_000);
  expect(flood?.outputBytes).toBeGreaterThan(20_000_000);
});

test('300 MB in a single line cost one line: what stands before it arrives', async () => {
  const home = makeHome();
  installPlugin(home.scripts, 'one-long-line');
  const agent = testDaemon(home);
  await agent.tickAndFinish('one-long-line');
  expect(names(agent.samples)).toEqual(['testhost.one-long-line.before']);
  expect(agent.events.of('run.overflowed')).toHaveLength(1);
});

test('2 MB of stderr are read to the end; what is told is bounded, and the rest is counted', async () => {
  const home = makeHome();
  installPlugin(home.scripts, 'floods-stderr');
  const agent = testDaemon(home);
  await agent.tickAndFinish('floods-stderr');
  const told = agent.events.of('run.stderr').map(({ text }) => text);
  expect(told.length).toBeLessThanOrEqual(201);
  expect(told.at(-1)).toMatch(/^… \d+ more lines, \d+ bytes$/);
  expect(names(agent.samples)).toEqual(['testhost.floods-stderr.complained']);
});

test('a grandchild that keeps stdout open holds the run back for 300 ms, and its late words count for nothing', async () => {
  const home = makeHome();
  const hold = holdFifo();
  installPlugin(home.scripts, 'leaves-a-grandchild');
  const agent = testDaemon(home, {}, { HOLD_FIFO: hold.path });
  for (let run = 1; run <= 2; run += 1) {
    await turnUntil(agent.tickAndFinish('leaves-a-grandchild'), () => agent.clock.advance(1));
    hold.release();
  }
  await agent.untilSamples(2);
  expect(names(agent.samples)).toEqual(Array(2).fill('testhost.leaves-a-grandchild.left'));
  for (const { durationMs } of agent.events.of('run.finished')) expect(durationMs).toBeGreaterThanOrEqual(300);
});

test('what a grandchild writes within the 300 ms counts', async () => {
  const home = makeHome();
  writePlugin(home.scripts, 'p', '#!/bin/sh\n(read -r _ < "$HOLD_FIFO"; echo "late 1") &\necho "early 1"\n');
  const hold = holdFifo();
  const agent = testDaemon(home, {}, { HOLD_FIFO: hold.path });
  hold.release();
  await agent.tickAndFinish('p');
  expect(names(agent.samples).sort()).toEqual(['testhost.p.early', 'testhost.p.late']);
});

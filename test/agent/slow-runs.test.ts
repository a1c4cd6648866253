import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { defaultPluginSettings } from '../../src/config/plugin-settings.ts';
import { logLine } from '../../src/log/catalogue.ts';
import { holdFifo } from '../helpers/hold-fifo.ts';
import { installPlugin, writePlugin } from '../helpers/install-plugin.ts';
import { untilCount } from '../helpers/processes.ts';
import { makeHome, type TestDaemon, testDaemon } from '../helpers/test-daemon.ts';
import { moment, turn } from '../helpers/turns.ts';
import { explanation, kinds, plugin } from './reasons-set-up.ts';

/** An agent with one plugin, `waits`, that runs until it is let go. */
function setUp(intervalS: number, overdueAfterMs: number) {
  const home = makeHome();
  const hold = holdFifo();
  const path = installPlugin(home.scripts, 'waits-on-fifo', { as: 'waits' });
  const agent = testDaemon(home, { reportIntervalS: intervalS, overdueAfterMs }, { HOLD_FIFO: hold.path });
  return {
    agent,
    /** Moves to the next tick at which the plugin is due, and waits for its process. */
    async begin(everyS = intervalS) {
      agent.clock.advance(everyS * 1000 - (agent.clock.nowMs() % (everyS * 1000)));
      await untilCount(path, 1);
    },
    async end() {
      const finished = agent.events.next('run.finished');
      hold.release();
      await finished;
      await turn();
    },
  };
}

const warnings = (agent: TestDaemon) =>
  agent.events.all.map(logLine).flatMap(({ level, fields }) => (level === 'warn' ? [fields['event']] : []));

test.each([
  [
    '7 s at an interval of 15 s',
    15,
    5000,
    6000,
    7000,
    /^running 6 s; its last runs? took 7 s; it reports when it ends$/,
  ],
  [
    'half a second at an interval of 1 s',
    1,
    500,
    500,
    520,
    /^running 500 ms; its last runs? took 520 ms; it reports when it ends$/,
  ],
])(
  'a script that takes %s is slow for a while in each run, and never hung',
  async (_, intervalS, overdueMs, lookAtMs, tookMs, said) => {
    const { agent, begin, end } = setUp(intervalS, overdueMs);
    for (let run = 0; run < 5; run += 1) {
      await begin();
      agent.clock.advance(lookAtMs);
      expect(plugin(agent, 'waits')).toMatchObject({ state: 'slow', currentRun: { isOverdue: true, skips: 0 } });
      expect(kinds(agent, 'waits')).toEqual(['slow']);
      if (run > 0) expect(explanation(agent, 'waits', 'slow')).toMatch(said);
      agent.clock.advance(tookMs - lookAtMs);
      await end();
      expect(plugin(agent, 'waits')).toMatchObject({ state: 'ok', reasons: [], skips: 0 });
    }
    expect(agent.events.of('run.overdue')).toHaveLength(5);
    expect(agent.events.of('run.hung')).toEqual([]);
    expect(warnings(agent)).toEqual([]);
  },
);

test('a script that takes 7 s at an interval of 5 s is skipped each time, which is logged ever less often, and obeying its advice ends that', async () => {
  const { agent, begin, end } = setUp(5, 2500);
  for (let run = 0; run < 5; run += 1) {
    await begin();
    agent.clock.advance(5000);
    if (run > 0) expect(plugin(agent, 'waits')).toMatchObject({ state: 'slow', currentRun: { skips: 1 } });
    if (run > 0) expect(kinds(agent, 'waits')).toEqual(['slow', 'skipped']);
    agent.clock.advance(2000);
    await end();
  }
  expect(agent.events.of('run.hung')).toHaveLength(1); // of the first run, when no other was known
  expect(warnings(agent)).toEqual(['run.skipped', 'run.hung', 'run.skipped', 'run.skipped']);
  await begin();
  agent.clock.advance(5000);
  expect(explanation(agent, 'waits', 'skipped')).toMatch(/; raise interval under \[plugin:waits\] to 10s or more$/);
  agent.reload({ plugins: new Map([['waits', { ...defaultPluginSettings, enabled: true, intervalS: 10, env: {} }]]) });
  agent.clock.advance(2000);
  await end();
  const skips = agent.events.of('run.skipped').length;
  for (let run = 0; run < 3; run += 1) {
    await begin(10);
    agent.clock.advance(7000);
    await end();
  }
  expect(agent.events.of('run.skipped')).toHaveLength(skips);
  expect(kinds(agent, 'waits')).toEqual([]);
});

test('a run is hung, and logged so once, when it has skipped a tick and takes over twice as long as its last runs', async () => {
  const { agent, begin, end } = setUp(15, 5000);
  await begin();
  agent.clock.advance(13_000);
  await end();
  await begin();
  const states = [];
  for (let tick = 0; tick < 4; tick += 1) {
    agent.clock.advance(15_000);
    states.push(plugin(agent, 'waits').state);
  }
  expect(states).toEqual(['slow', 'hung', 'hung', 'hung']);
  const pid = plugin(agent, 'waits').currentRun?.pid;
  const hung = agent.events.of('run.hung');
  expect(hung).toMatchObject([{ plugin: 'waits', pid, elapsedMs: 30_000 }]);
  expect(hung.map(logLine)[0]).toMatchObject({
    level: 'warn',
    fields: { commands: [`ps -o pid,etime,wchan,args -p ${pid}`, `kill ${pid}`] },
  });
  expect(hung[0]?.advice.sentence).toMatch(/; its last run took 13 s; the agent never ends it; /);
  await end();
  expect(plugin(agent, 'waits')).toMatchObject({
    state: 'late',
    reasons: [{ explanation: expect.stringMatching(/^4 ticks in a row were skipped: its last run took 1m; raise/) }],
  });
  await begin();
  await end();
  expect(plugin(agent, 'waits')).toMatchObject({ state: 'ok', reasons: [] });
});

test('what a run wrote to stderr stays to be seen until the next one has written some, or has ended', async () => {
  const home = makeHome();
  const hold = holdFifo();
  const [says, exits] = [join(home.scripts, '..', 'says'), join(home.scripts, '..', 'exits')];
  const script = `#!/bin/sh\ncat ${says} >&2 2>/dev/null\nread -r _ < "$HOLD_FIFO"\nexit $(cat ${exits})\n`;
  const path = writePlugin(home.scripts, 'x', script);
  const agent = testDaemon(home, {}, { HOLD_FIFO: hold.path });
  const stderr = () => agent.plugin('x').plugins[0]?.stderr;
  async function run(text: string, status: number) {
    writeFileSync(says, text);
    writeFileSync(exits, String(status));
    agent.tick();
    await untilCount(path, 1);
  }
  async function end() {
    const finished = agent.events.next('run.finished');
    hold.release();
    await finished;
    await turn();
  }
  await run('a\nno such host\n', 3);
  await end();
  await run('', 3);
  expect(stderr()).toEqual(['a', 'no such host']);
  expect(explanation(agent, 'x', 'exit-status')).toContain('its last line on stderr: "no such host"');
  await end();
  expect(stderr()).toEqual([]);
  expect(explanation(agent, 'x', 'exit-status')).toContain(
    '; it wrote nothing to stderr: try it by hand, and correct it so that it exits with 0; ',
  );
  await run('timed out\n', 4);
  await end();
  expect(plugin(agent, 'x').lastRun).toMatchObject({ status: 4, lastStderr: 'timed out' });
  await run('now\n', 0);
  while (stderr()?.[0] !== 'now') {
    agent.clock.advance(10);
    await moment();
  }
  expect(explanation(agent, 'x', 'exit-status')).toContain('its last line on stderr: "timed out"');
  await end();
  expect(plugin(agent, 'x').lastRun).toMatchObject({ status: 0, lastStderr: 'now' });
});

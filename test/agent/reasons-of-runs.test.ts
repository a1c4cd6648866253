import { closeSync, existsSync, openSync, utimesSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { busyHost } from '../helpers/busy-host.ts';
import { holdFifo } from '../helpers/hold-fifo.ts';
import { installPlugin, writePlugin } from '../helpers/install-plugin.ts';
import { untilCount, untilEnded } from '../helpers/processes.ts';
import { makeHome, testDaemon } from '../helpers/test-daemon.ts';
import { turn, turnUntil } from '../helpers/turns.ts';
import { explanation, kinds, plugin, settings, typeFrom, until } from './reasons-set-up.ts';

const good = '#!/bin/sh\necho "a 1"\n';

test('before its first tick it has not run yet, while its first run goes on that is said, and then nothing', async () => {
  const home = makeHome();
  const hold = holdFifo();
  const path = installPlugin(home.scripts, 'waits-on-fifo', { as: 'slow' });
  const agent = testDaemon(home, {}, { HOLD_FIFO: hold.path });
  expect(explanation(agent, 'slow', 'not-run-yet')).toMatch(
    /^it has not run since the agent started; it runs at \d\d:\d\d:00, in 59s$/,
  );
  expect(plugin(agent, 'slow')).toMatchObject({ state: 'pending', nextDueAtS: agent.clock.nowMs() / 1000 + 59 });
  agent.tick();
  await untilCount(path, 1);
  expect(explanation(agent, 'slow', 'not-run-yet')).toBe('its first run since the agent started is still running');
  const finished = agent.events.next('run.finished');
  hold.release();
  await finished;
  await turn();
  expect(plugin(agent, 'slow')).toMatchObject({ state: 'ok', reasons: [], currentRun: null });
});

test('a plugin whose interval is not over says when it runs, and runs sooner with the shorter one it tells to set', async () => {
  const home = makeHome();
  writePlugin(home.scripts, 'rare.sh', good);
  const agent = testDaemon(home, { plugins: new Map([['rare', { ...settings, intervalS: 24 * 3600 }]]) });
  expect(explanation(agent, 'rare', 'not-due')).toMatch(
    /^it has not run since the agent started: its interval is 1d; it runs at [\d: -]+, in [\dhms ]+; for a shorter one set interval under \[plugin:rare\]$/,
  );
  agent.reload({ plugins: new Map([['rare.sh', { ...settings, intervalS: 60 }]]) });
  expect(kinds(agent, 'rare')).toEqual(['not-run-yet']);
  await agent.tickAndFinish('rare.sh');
  expect(kinds(agent, 'rare')).toEqual([]);
});

test('a plugin that is switched off names the very section that does it', async () => {
  const home = makeHome();
  writePlugin(home.scripts, 'off.sh', good);
  const off = { ...settings, enabled: false };
  const agent = testDaemon(home, { plugins: new Map([['off.sh', off]]) });
  expect(explanation(agent, 'off', 'disabled')).toBe(
    'it is switched off by enabled = false under [plugin:off.sh]; set enabled = true there, or remove the line',
  );
  agent.reload({ plugins: new Map([['off', off]]) });
  expect(explanation(agent, 'off', 'disabled')).toContain('under [plugin:off];');
  expect(plugin(agent, 'off')).toMatchObject({ state: 'disabled', nextDueAtS: null });
  agent.reload({ plugins: new Map([['off', settings]]) });
  await agent.tickAndFinish('off.sh');
  expect(kinds(agent, 'off')).toEqual([]);
});

test('a run that hangs says since when, as which process and how to look at it; the kill that it tells ends it, and the next run reports', async () => {
  const home = makeHome();
  const hold = holdFifo();
  const path = installPlugin(home.scripts, 'waits-on-fifo', { as: 'hangs' });
  const agent = testDaemon(home, {}, { HOLD_FIFO: hold.path });
  agent.tick();
  const [pid = 0] = await untilCount(path, 1);
  await until(agent, () => plugin(agent, 'hangs').currentRun?.pid === pid);
  agent.clock.advance(5000);
  expect(explanation(agent, 'hangs', 'slow')).toBe(
    'running 5 s; no run of it has ended by itself since the agent started; it reports when it ends',
  );
  agent.tick();
  const told = explanation(agent, 'hangs', 'hung');
  expect(told).toMatch(
    /^still running since \d\d:\d\d:00 \(pid \d+\); no run of it has ended by itself since the agent started; the agent never ends it; /,
  );
  expect(kinds(agent, 'hangs')).toEqual(['hung', 'skipped']);
  expect(explanation(agent, 'hangs', 'skipped')).toBe(
    '1 tick was skipped: its last run is still running; it runs again once that has ended',
  );
  expect(plugin(agent, 'hangs')).toMatchObject({
    state: 'hung',
    currentRun: { state: 'running', pid, elapsedS: 60, isOverdue: true, skips: 1 },
  });
  if (existsSync('/bin/ps')) expect(typeFrom(told, 'ps ')).toContain(path);
  const finished = agent.events.next('run.finished');
  typeFrom(told, 'kill ');
  await finished;
  await turn();
  expect(kinds(agent, 'hangs')).toEqual(['signal']);
  hold.release();
  await agent.tickAndFinish('hangs');
  expect(plugin(agent, 'hangs')).toMatchObject({ state: 'ok', reasons: [], skips: 1 });
});

test('a run that takes longer than an interval, and is not overdue, tells to raise the interval', async () => {
  const home = makeHome();
  const hold = holdFifo();
  const path = installPlugin(home.scripts, 'waits-on-fifo', { as: 'slow' });
  const agent = testDaemon(home, { overdueAfterMs: 200_000 }, { HOLD_FIFO: hold.path });
  agent.tick();
  await untilCount(path, 1);
  agent.tick();
  agent.tick();
  expect(explanation(agent, 'slow', 'skipped')).toMatch(
    /^2 ticks in a row were skipped: its last run is still running since [\d:]{8}; raise interval under \[plugin:slow\] to 180s or more$/,
  );
  agent.reload({ plugins: new Map([['slow', { ...settings, intervalS: 600 }]]) });
  const finished = agent.events.next('run.finished');
  hold.release();
  await finished;
  await turn();
  expect(kinds(agent, 'slow')).toEqual([]);
});

/** An agent with one slot, which `a-first` holds while `b-second` waits for it. */
async function waitingForASlot(cpuBusyPercent: number) {
  const home = makeHome();
  const hold = holdFifo();
  const path = installPlugin(home.scripts, 'waits-on-fifo', { as: 'a-first' });
  writePlugin(home.scripts, 'b-second', good);
  const limits = { maxConcurrency: 1, overdueAfterMs: 200_000 };
  const agent = testDaemon(home, limits, { HOLD_FIFO: hold.path }, { hostFiles: busyHost(cpuBusyPercent) });
  agent.tick();
  await untilCount(path, 1);
  return { agent, hold };
}

test('a plugin that waits for a slot while the CPUs are busy is not told of more slots, but how to need fewer', async () => {
  const { agent, hold } = await waitingForASlot(95);
  agent.tick();
  expect(explanation(agent, 'b-second', 'waiting')).toMatch(
    /^1 tick was skipped: it waits for a slot since [\d:]{8}; the CPUs are 95 % busy, so more slots would not help; raise interval under \[plugin:b-second\] and in the sections of others, or run fewer scripts$/,
  );
  agent.reload({ plugins: new Map([['a-first', { ...settings, enabled: false }]]) });
  const finished = agent.events.next('run.finished', ({ plugin: file }) => file === 'b-second');
  hold.release();
  await finished;
  await turn();
  expect([kinds(agent, 'b-second'), plugin(agent, 'b-second').state]).toEqual([['waiting'], 'late']);
  await agent.tickAndFinish('b-second');
  expect(kinds(agent, 'b-second')).toEqual([]);
});

test('a plugin that waits for a slot says so once that has cost a tick, and tells to raise max_concurrency, which ends the wait at once', async () => {
  const { agent } = await waitingForASlot(25);
  expect(kinds(agent, 'b-second')).toEqual(['not-run-yet']);
  agent.tick();
  expect(explanation(agent, 'b-second', 'waiting')).toMatch(
    /^1 tick was skipped: it waits for a slot since \d\d:\d\d:00, while the CPUs are 25 % busy; set max_concurrency under \[agent\] to a larger number$/,
  );
  const finished = agent.events.next('run.finished');
  agent.reload({ maxConcurrency: 2 });
  expect((await finished).plugin).toBe('b-second');
  await turn();
  expect([kinds(agent, 'b-second'), plugin(agent, 'b-second').state]).toEqual([['waiting'], 'late']);
  await agent.tickAndFinish('b-second');
  expect(kinds(agent, 'b-second')).toEqual([]);
});

test('a script that keeps changing is being written, and runs once it is left alone', async () => {
  const home = makeHome();
  const path = writePlugin(home.scripts, 'new.sh', good);
  const agent = testDaemon(home);
  const write = () => {
    writeFileSync(path, good);
    utimesSync(path, agent.clock.nowMs() / 1000, agent.clock.nowMs() / 1000); // the agent's clock is ahead of the file system's
  };
  agent.clock.advance(58_950); // the next look is the tick's: no hint comes before
  write();
  agent.tick();
  expect(explanation(agent, 'new', 'being-written')).toBe(
    'new.sh is still being written, or was a moment ago; it runs at the next tick after it was left alone for 300 ms',
  );
  await agent.tickAndFinish('new.sh');
  expect(kinds(agent, 'new')).toEqual([]);
});

test('a script that somebody has open for writing is being written, and runs at the tick after they close it', async () => {
  const home = makeHome();
  const path = writePlugin(home.scripts, 'open.sh', good);
  const agent = testDaemon(home);
  const writer = openSync(path, 'a');
  await agent.tickAndFinish('open.sh');
  expect(explanation(agent, 'open', 'being-written')).toBe(
    'a process still has it open for writing (ETXTBSY); it runs at the next tick after that is closed',
  );
  expect(plugin(agent, 'open')).toMatchObject({ state: 'failing', lastRun: { ending: 'not-started', status: null } });
  closeSync(writer);
  await agent.tickAndFinish('open.sh');
  expect(kinds(agent, 'open')).toEqual([]);
});

test('a run of the former agent that goes on is shown with its process, and its plugin reports again once it has ended', async () => {
  const home = makeHome();
  const hold = holdFifo();
  const path = installPlugin(home.scripts, 'waits-on-fifo', { as: 'hangs' });
  const former = testDaemon(home, {}, { HOLD_FIFO: hold.path });
  former.tick();
  const [pid = 0] = await untilCount(path, 1);
  await turnUntil(former.stop(), () => former.clock.advance(100));
  const agent = testDaemon(home, {}, { HOLD_FIFO: hold.path });
  expect(kinds(agent, 'hangs')).toEqual(['slow']);
  agent.tick();
  const told = explanation(agent, 'hangs', 'hung');
  expect(told).toContain(
    `(pid ${pid}); no run of it has ended by itself since the agent started; the agent never ends it`,
  );
  typeFrom(told, 'kill ');
  await untilEnded(pid);
  hold.release();
  await agent.tickAndFinish('hangs');
  expect(kinds(agent, 'hangs')).toEqual([]);
});

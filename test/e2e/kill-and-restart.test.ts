import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startProgram } from '../helpers/agent.ts';
import { fakeCollector } from '../helpers/fake-collector.ts';
import { holdFifo } from '../helpers/hold-fifo.ts';
import { installPlugin, writePlugin } from '../helpers/install-plugin.ts';
import { pidsWith, untilCount, untilEnded } from '../helpers/processes.ts';
import { secrets } from '../helpers/secrets.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { type Home, makeHome } from '../helpers/test-daemon.ts';
import { moment } from '../helpers/turns.ts';

const flagsFor = (home: Home) => ['-e', '-s', home.scripts, '--state-dir', home.state, '-r', '1', '--debug'];

/**
 * Starts an agent on a plugin that will write 200 kB when it is let go, and ends the agent with
 * SIGKILL.
 */
async function killBesideWriter(home: Home, env: Record<string, string>) {
  const path = installPlugin(home.scripts, 'late-writer');
  const agent = startProgram(flagsFor(home), { env });
  const [pid] = await untilCount(path, 1);
  await agent.event('run.skipped'); // a tick later: it is recorded
  agent.process.kill('SIGKILL');
  await agent.exit;
  expect(pidsWith(path)).toEqual([pid]);
  return { path, pid, agentPid: agent.pid };
}

test('a plugin that outlives a kill -9 of its agent is not doubled: it runs again after it has ended, its output read by the next agent', async () => {
  const home = makeHome();
  const hold = holdFifo();
  const done = join(tempDir(), 'done');
  const env = { HOME: home.state, HOLD_FIFO: hold.path, DONE_FILE: done };
  const { path, pid, agentPid } = await killBesideWriter(home, env);
  const second = startProgram(flagsFor(home), { env });
  expect(await second.event('run.survived')).toMatchObject({ plugin: 'late-writer', pid });
  expect(await second.event('run.skipped')).toMatchObject({ plugin: 'late-writer', pid });
  expect(pidsWith(path)).toEqual([pid]);
  hold.release();
  while (!existsSync(done)) await moment();
  expect(readFileSync(done, 'utf8')).toBe('0\n');
  await second.event('run.survivor-ended');
  await untilCount(path, 1); // and it runs again
  while (readdirSync(join(home.state, 'pipes')).some((name) => name.startsWith(`${agentPid}-`))) await moment();
});

test('a plugin with 200 kB to write and no agent to read them ends with 0 once the next agent has drained its pipes', async () => {
  const home = makeHome();
  const hold = holdFifo();
  const done = join(tempDir(), 'done');
  const env = { HOME: home.state, HOLD_FIFO: hold.path, DONE_FILE: done };
  const { agentPid } = await killBesideWriter(home, env);
  hold.release(); // a pipe holds 64 kB: without a reader it can't end
  startProgram(flagsFor(home), { env });
  while (!existsSync(done)) await moment();
  expect(readFileSync(done, 'utf8')).toBe('0\n');
  while (readdirSync(join(home.state, 'pipes')).some((name) => name.startsWith(`${agentPid}-`))) await moment();
});

test('a plugin that writes after the kill -9 of its agent, with no other agent there, ends with 0', async () => {
  const home = makeHome();
  const hold = holdFifo();
  const done = join(tempDir(), 'done');
  const path = writePlugin(
    home.scripts,
    'p',
    '#!/bin/sh\nread -r _ < "$HOLD_FIFO"\necho "late 1" && echo "late 2" >&2\necho $? > "$DONE_FILE"\n',
  );
  const agent = startProgram(flagsFor(home), { env: { HOME: home.state, HOLD_FIFO: hold.path, DONE_FILE: done } });
  const [pid = 0] = await untilCount(path, 1);
  agent.process.kill('SIGKILL');
  await agent.exit;
  hold.release();
  await untilEnded(pid);
  expect(readFileSync(done, 'utf8')).toBe('0\n');
});

test('SIGTERM stops an agent with a hung plugin within the grace: the plugin is not touched, and the next agent does not double it', async () => {
  const home = makeHome();
  const hold = holdFifo();
  const path = installPlugin(home.scripts, 'waits-on-fifo');
  const file = join(tempDir(), 'agent.ini');
  writeFileSync(file, '[agent]\nstop_grace = 200ms\n');
  const flags = [...flagsFor(home), '-f', file];
  const env = { HOME: home.state, HOLD_FIFO: hold.path };
  const agent = startProgram(flags, { env });
  const [pid] = await untilCount(path, 1);
  agent.process.kill('SIGTERM');
  expect(await agent.exit).toBe(0);
  expect(agent.log.at(-1)).toMatchObject({ event: 'daemon.stopped', runsLeft: 1 });
  expect(pidsWith(path)).toEqual([pid]);
  const next = startProgram(flags, { env });
  expect(await next.event('run.skipped')).toMatchObject({ plugin: 'waits-on-fifo', pid, skips: 1 });
  expect(pidsWith(path)).toEqual([pid]);
});

test('a second signal means now: the agent waits for nothing, and a hung plugin is not touched', async () => {
  const home = makeHome();
  const hold = holdFifo();
  const path = installPlugin(home.scripts, 'waits-on-fifo');
  const file = join(tempDir(), 'agent.ini');
  writeFileSync(file, '[agent]\nstop_grace = 1h\n');
  const agent = startProgram([...flagsFor(home), '-f', file], { env: { HOME: home.state, HOLD_FIFO: hold.path } });
  const pids = await untilCount(path, 1);
  agent.process.kill('SIGTERM');
  await agent.event('daemon.stopping');
  while (agent.process.exitCode === null && agent.process.signalCode === null) {
    agent.process.kill('SIGINT'); // one that comes within 300 ms of the first counts as the same
    await moment();
  }
  expect([agent.process.exitCode, agent.process.signalCode]).toEqual([0, null]);
  expect(pidsWith(path)).toEqual(pids);
});

test('a plugin inherits no descriptor beside stdin, stdout and stderr, even if the agent did', async () => {
  const home = makeHome();
  writePlugin(home.scripts, 'p', '#!/bin/sh\necho "descriptors" $(ls /proc/self/fd) >&2\n');
  const agent = startProgram(flagsFor(home), { env: { HOME: home.state }, extraDescriptors: 40 });
  expect(await agent.event('run.stderr')).toMatchObject({ text: 'descriptors 0 1 2 3' }); // 3 is the folder that ls reads
});

test('samples that were read while the collector was away arrive after a kill -9 and a restart, with their own times', async () => {
  const home = makeHome();
  installPlugin(home.scripts, 'counts');
  const away = await fakeCollector();
  const { port } = away;
  await away.close(); // no process listens there any more
  const flags = [...flagsFor(home), '-k', secrets.apiKey, '-c', `tcp://127.0.0.1:${port}`, '-H', 'h'];
  const first = startProgram(flags, { env: { HOME: home.state } });
  await first.event('sink.lost');
  await first.until(
    () => first.log.filter(({ event, plugin }) => event === 'run.finished' && plugin === 'counts').length >= 2,
  );
  const argumentsOfNext = () => first.log.filter(({ event }) => event === 'tick.started').length;
  const ticks = argumentsOfNext();
  await first.until(() => argumentsOfNext() > ticks); // what the former ticks brought is committed
  first.process.kill('SIGKILL');
  await first.exit;

  const back = await fakeCollector({ port });
  onTestFinished(() => back.close());
  const second = startProgram(flags, { env: { HOME: home.state } });
  const counted = () =>
    back.lines.filter((line) => line.startsWith('gauge h.counts.runs ')).map((line) => line.split(' '));
  await back.until(() => counted().length >= 4);
  const values = counted().map(([, , value]) => Number(value));
  expect(values.slice(0, 4), JSON.stringify([counted(), second.log])).toEqual([1, 2, 3, 4]);
  const times = counted().map(([, , , time]) => Number(time));
  expect([...times].sort((a, b) => a - b)).toEqual(times);
});

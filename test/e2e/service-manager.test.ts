import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { libc } from '../../src/io/libc.ts';
import { startProgram } from '../helpers/agent.ts';
import { countedPlugin, countedValues, upTo } from '../helpers/counted-plugin.ts';
import { fakeCollector } from '../helpers/fake-collector.ts';
import { holdFifo } from '../helpers/hold-fifo.ts';
import { installPlugin, writePlugin } from '../helpers/install-plugin.ts';
import { pidsWith, untilCount } from '../helpers/processes.ts';
import { secrets } from '../helpers/secrets.ts';
import { watchedService } from '../helpers/service-manager.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { type Home, makeHome } from '../helpers/test-daemon.ts';

const canSend = libc() !== null; // else nothing is sent, and Type=exec is what works

const flagsFor = (home: Home) => ['-e', '-s', home.scripts, '--state-dir', home.state, '-r', '1', '-H', 'h', '--debug'];

async function service(
  home: Home,
  address: string,
  watchdogMs: number | null,
  args: readonly string[],
  env: Record<string, string> = {},
) {
  const watched = await watchedService(tempDir(), address, watchdogMs, args, { HOME: home.state, ...env });
  onTestFinished(watched.close);
  return watched;
}

test.skipIf(!canSend).each([
  ['a path', (dir: string) => join(dir, 'notify')],
  ['an abstract name', (dir: string) => `@${dir}`],
])(
  'the service manager, whose socket is %s, is told of the start, how many plugins report, a reload and the stop',
  async (_what, addressIn) => {
    const home = makeHome();
    const dir = tempDir();
    const file = join(dir, 'agent.ini');
    writeFileSync(file, '[agent]\nhost_metrics = false\n');
    installPlugin(home.scripts, 'two-gauges');
    writePlugin(
      home.scripts,
      'fails',
      '#!/bin/sh\nenv > "$HOME/seen.new" && mv "$HOME/seen.new" "$HOME/seen"; exit 3\n',
    );
    const watched = await service(home, addressIn(dir), null, [...flagsFor(home), '-f', file]);
    await watched.until(() => watched.lines().includes('STATUS=1 of 2 report'));
    expect(watched.lines().slice(0, 3)).toEqual(['READY=1', 'STATUS=0 of 2 report', 'STATUS=1 of 2 report']);
    watched.agent().process.kill('SIGHUP');
    await watched.until(() => watched.lines().length >= 6);
    expect(watched.lines().slice(3)).toEqual(['RELOADING=1', expect.stringMatching(/^MONOTONIC_USEC=\d+$/), 'READY=1']);
    writeFileSync(file, '[agent]\nhost_metrics = 17\n');
    await watched.until(() => (watched.lines().at(-1) ?? '').includes('refused'));
    expect(watched.lines().at(-1)).toBe('STATUS=1 of 2 report; the changed configuration is refused');
    expect(readFileSync(join(home.state, 'seen'), 'utf8')).not.toContain('NOTIFY_SOCKET');
    expect(await watched.stop()).toBe(0);
    await watched.until(() => watched.lines().includes('STOPPING=1'));
    expect(watched.events.filter(({ kind }) => kind === 'started')).toHaveLength(1);
  },
);

test.skipIf(!canSend)(
  'an agent whose loop hangs is ended by the watchdog and started again: its running plugin is neither ended nor doubled, and what it had read arrives once',
  async () => {
    const home = makeHome();
    const hold = holdFifo();
    const collector = await fakeCollector({ refuse: true });
    onTestFinished(collector.close);
    const hangs = installPlugin(home.scripts, 'late-writer');
    const dir = tempDir();
    const plugin = countedPlugin(home.scripts, dir);
    const args = [...flagsFor(home), '-k', secrets.apiKey, '-c', `tcp://127.0.0.1:${collector.port}`];
    const env = { HOLD_FIFO: hold.path, DONE_FILE: join(dir, 'done'), HOME: dir };
    const watched = await service(home, join(dir, 'notify'), 4000, args, env);
    const first = watched.agent();
    const [hanging] = await untilCount(hangs, 1);
    await first.event('run.skipped', ({ plugin }) => plugin === 'late-writer');
    const finished = () =>
      first.log.filter(({ event, plugin }) => event === 'run.finished' && plugin === 'counted').length;
    await first.until(() => finished() >= 3); // so the first two are stored
    const stored = finished() - 1;
    first.process.kill('SIGSTOP');
    collector.setMode({ refuse: false });
    await watched.until(() => watched.events.some(({ kind }) => kind === 'aborted'));
    expect(await first.exit).toBe('SIGABRT');
    await watched.until(() => watched.events.filter(({ kind }) => kind === 'started').length >= 2);
    const next = watched.agent();
    expect(await next.event('run.survived')).toMatchObject({ plugin: 'late-writer', pid: hanging });
    const values = () => countedValues(collector.lines);
    await collector.until(() => values().length > stored + 2);
    expect(pidsWith(hangs)).toEqual([hanging]);
    expect(values().slice(0, stored)).toEqual(upTo(stored));
    expect(values()).toEqual([...new Set(values())]);
    expect(plugin.isDoubled()).toBe(false);
    hold.release();
    await watched.agent().event('run.survivor-ended');
    expect(await watched.stop()).toBe(0);
  },
);

test('an agent that a service manager can not hear says so once, and runs', async () => {
  const home = makeHome();
  writePlugin(home.scripts, 'p', '#!/bin/sh\necho a 1\n');
  const agent = startProgram(flagsFor(home), { env: { HOME: home.state, NOTIFY_SOCKET: join(home.state, 'no-such') } });
  const runs = () => agent.log.filter(({ event }) => event === 'run.finished').length;
  await agent.until(() => runs() >= 2);
  const failed = agent.log.filter(({ event }) => event === 'notify.failed');
  expect(failed).toMatchObject([
    { level: 'warn', detail: canSend ? expect.stringContaining('ENOENT') : expect.stringContaining('koffi') },
  ]);
});

import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { holdFifo } from '../helpers/hold-fifo.ts';
import { installPlugin, writePlugin } from '../helpers/install-plugin.ts';
import { pidsWith } from '../helpers/processes.ts';
import { makeHome, testConfig, testDaemon } from '../helpers/test-daemon.ts';
import { moment, turn } from '../helpers/turns.ts';
import { directories, foreignDirectory, pluginSections } from './directories-set-up.ts';

const body =
  '#!/bin/sh\necho "pwd.$(basename "$PWD") 1"\necho "zero.$(basename "$0") 1"\n[ "$PWD" = "$(pwd -P)" ] && echo "same 1"\n';
const value = '#!/bin/sh\necho "a 1"\n';

/** What the console printed, without the host and the time. */
function names(samples: readonly string[]): readonly string[] {
  return samples.map((line) => line.replace(/^testhost\.| .*$/g, '')).toSorted();
}

describe('a directory of the configuration', () => {
  test('is run in itself, under the names of its links, beside the scripts, and also where scripts are not enabled', async () => {
    const home = makeHome();
    const [munin, share] = [foreignDirectory(), foreignDirectory()];
    symlinkSync(writePlugin(share, 'if_', body, 0o755), join(munin, 'if_eth0'));
    writePlugin(home.scripts, 'own.sh', value);
    const agent = testDaemon(home, directories({ munin: { path: munin } }));
    await agent.tickAndFinish('munin/if_eth0', 'own.sh');
    expect(names(agent.samples)).toEqual(['if_eth0.pwd.plugins', 'if_eth0.same', 'if_eth0.zero.if_eth0', 'own.a']);
    agent.reload({ scripts: { ...testConfig(home).scripts, enabled: false } });
    await agent.tickAndFinish('munin/if_eth0');
    expect(names(agent.samples).filter((name) => name === 'own.a')).toHaveLength(1);
    expect(agent.events.of('plugins.watched')).toMatchObject([
      { path: home.scripts },
      { path: munin, directory: 'munin', plugins: 1 },
    ]);
  });

  test('names the links of Munin in full: what they are about may have dots; the names change with the format', async () => {
    const home = makeHome();
    const munin = foreignDirectory();
    for (const about of ['192.0.2.7', '192.0.2.8'])
      writePlugin(munin, `ping_${about}`, '#!/bin/sh\necho "ms.value 1"\n', 0o755);
    const agent = testDaemon(home, directories({ munin: { path: munin, format: 'munin' } }));
    await agent.tickAndFinish('munin/ping_192.0.2.7', 'munin/ping_192.0.2.8');
    expect(names(agent.samples)).toEqual(['ping_192.0.2.7.ms', 'ping_192.0.2.8.ms']);
    expect(agent.events.of('plugin.collided')).toEqual([]);
    agent.reload(directories({ munin: { path: munin } }));
    expect(agent.status().directories).toMatchObject([{ plugins: 2 }]);
    expect(agent.events.of('plugin.collided')).toMatchObject([{ name: 'ping_192.0.2' }]);
  });

  test('shows each plugin by its identity or its name, and says why a name is none', () => {
    const home = makeHome();
    const munin = foreignDirectory();
    writePlugin(munin, 'load.sh', value, 0o755);
    mkdirSync(join(munin, 'sub'));
    writePlugin(munin, 'old~', value, 0o755);
    const agent = testDaemon(home, directories({ munin: { path: munin } }));
    for (const name of ['munin/load.sh', 'load'])
      expect(agent.plugin(name).plugins).toMatchObject([{ file: 'munin/load.sh' }]);
    expect(agent.plugin('munin/sub').missing).toContain('sub is a directory');
    expect(agent.plugin('munin/old~').advice?.commands).toEqual([]);
    expect(agent.plugin('munin/none').missing).toContain(
      `there is no script munin/none in ${home.scripts} or ${munin}`,
    );
    expect(agent.plugin('other/none').missing).toContain('there is no script');
    expect(agent.status().directories).toEqual([
      { name: 'munin', location: munin, suspension: null, reason: null, warning: null, plugins: 1 },
    ]);
  });

  test('that was never there keeps no plugin of another from being forgotten', async () => {
    const home = makeHome();
    const agent = testDaemon(home, directories({ munin: { path: join(home.state, 'nothing') } }));
    const script = writePlugin(home.scripts, 'own', value);
    await agent.tickAndFinish('own');
    rmSync(script);
    await agent.tickAndFinish();
    writePlugin(home.scripts, 'own', value);
    await agent.tickAndFinish('own');
    expect(agent.status().plugins).toMatchObject([{ file: 'own', runs: 1 }]);
  });

  test('that a link leads to a second time is suspended, and its plugins run once', async () => {
    const home = makeHome();
    const munin = foreignDirectory();
    writePlugin(munin, 'load', value, 0o755);
    const [link, away] = [`${munin}-link`, `${munin}-away`];
    symlinkSync(munin, link);
    const agent = testDaemon(home, directories({ munin: { path: munin }, again: { path: link } }));
    await agent.tickAndFinish('munin/load');
    expect(agent.status().directories).toMatchObject([
      { name: 'munin', suspension: null, plugins: 1 },
      { name: 'again', suspension: expect.stringContaining('is the directory of [directory:munin] too'), plugins: 0 },
    ]);
    expect(agent.status().plugins.map(({ file }) => file)).toEqual(['munin/load']);
    renameSync(munin, away);
    rmSync(link);
    symlinkSync(away, link);
    await agent.tickAndFinish('again/load');
    expect(agent.status().directories).toMatchObject([{ name: 'munin' }, { name: 'again', suspension: null }]);
  });

  test('that others can write is suspended by itself, is told with its name, and is over when that is corrected', async () => {
    const home = makeHome();
    const [munin, other] = [foreignDirectory(), foreignDirectory()];
    writePlugin(munin, 'load', value, 0o755);
    writePlugin(other, 'df', value, 0o755);
    writePlugin(home.scripts, 'own', value);
    const agent = testDaemon(home, directories({ munin: { path: munin }, other: { path: other } }));
    await agent.tickAndFinish('munin/load', 'other/df', 'own');
    chmodSync(munin, 0o777);
    await agent.tickAndFinish('other/df', 'own');
    expect(await agent.events.next('plugins.suspended')).toMatchObject({
      directory: 'munin',
      rejection: { kind: 'unguarded', section: '[directory:munin]' },
    });
    const { scripts, directories: shown, plugins } = agent.status();
    expect([scripts.suspension, shown?.[1]?.suspension]).toEqual([null, null]);
    expect(shown?.[0]).toMatchObject({ name: 'munin', plugins: 0, reason: { kind: 'directory-suspended' } });
    expect(plugins.map(({ file, state }) => [file, state])).toEqual([
      ['own', 'ok'],
      ['munin/load', 'suspended'],
      ['other/df', 'ok'],
    ]);
    expect(plugins[1]?.reasons[0]?.sentence).toMatch(/^no plugin of \[directory:munin\] runs: /);
    expect(plugins[1]?.lastRun).not.toBeNull(); // its state is not forgotten
    chmodSync(munin, 0o755);
    await agent.tickAndFinish('munin/load', 'other/df', 'own');
    expect(agent.events.of('plugins.resumed')).toEqual([{ event: 'plugins.resumed', path: munin, directory: 'munin' }]);
    rmSync(munin, { recursive: true });
    await agent.tickAndFinish('other/df', 'own');
    mkdirSync(munin, { mode: 0o755 });
    writePlugin(munin, 'load', value, 0o755);
    await agent.tickAndFinish('munin/load', 'other/df', 'own');
  });

  test('is added, moved, switched off and removed without a restart, and what runs is not doubled', async () => {
    const home = makeHome();
    const hold = holdFifo();
    const [first, second] = [foreignDirectory(), foreignDirectory()];
    const running = installPlugin(first, 'waits-on-fifo', { as: 'p', mode: 0o755 });
    const moved = installPlugin(second, 'waits-on-fifo', { as: 'p', mode: 0o755 });
    installPlugin(second, 'two-gauges', { mode: 0o755 });
    const agent = testDaemon(home, {}, { HOLD_FIFO: hold.path });
    agent.reload(directories({ x: { path: first } }));
    agent.tick();
    while (pidsWith(running).length === 0) await moment();
    agent.reload(directories({ x: { path: second } }));
    expect(agent.status().plugins.map(({ path }) => path)).toEqual([moved, join(second, 'two-gauges')]);
    await agent.tickAndFinish('x/two-gauges');
    expect(agent.events.of('run.skipped')).toMatchObject([{ plugin: 'x/p' }]);
    expect([pidsWith(running).length, pidsWith(moved).length]).toEqual([1, 0]);
    hold.release(2);
    await agent.events.next('run.finished', ({ plugin }) => plugin === 'x/p');
    await turn();
    agent.reload(directories({ x: { path: second, format: 'value' } }));
    await agent.tickAndFinish('x/two-gauges', 'x/p');
    agent.reload(directories({ x: { path: second, enabled: false } }));
    expect([agent.status().plugins, agent.status().directories]).toEqual([[], undefined]);
    agent.reload(directories({ x: { path: second } }));
    expect(agent.status().plugins).toHaveLength(2);
    agent.reload(directories({}));
    expect(agent.status().plugins).toEqual([]);
  });
});

describe('a command of the configuration', () => {
  test('that prints nothing is tried by hand with its arguments', async () => {
    const agent = testDaemon(makeHome(), pluginSections({ quiet: { command: ['/bin/sh', '-c', 'exit 0'] } }));
    await agent.tickAndFinish('command/quiet');
    expect(agent.plugin('quiet').plugins[0]?.reasons[0]).toMatchObject({
      kind: 'empty-output',
      commands: ['instrument_server run command/quiet'],
    });
  });

  test('runs in /, is told of while its program is missing, and comes alive when it appears', async () => {
    const home = makeHome();
    const lib = foreignDirectory();
    const program = join(lib, 'check_disk');
    const change = pluginSections({ disk: { command: [program, '-w', '20%'] } });
    const agent = testDaemon(home, { ...change, scripts: { ...testConfig(home).scripts, enabled: false } });
    expect(agent.plugin('disk').plugins).toMatchObject([
      { file: 'command/disk', name: 'disk', path: program, state: 'rejected', reasons: [{ kind: 'unreadable' }] },
    ]);
    expect(agent.plugin('disk').plugins[0]?.reasons[0]?.sentence).toBe(
      `there is no file '${program}'; install it, or correct command under [plugin:disk]`,
    );
    writePlugin(lib, 'check_disk', '#!/bin/sh\npwd >&2\necho "a 1"\n', 0o755);
    agent.tick();
    agent.clock.advance(500);
    await agent.tickAndFinish('command/disk');
    expect(await agent.events.next('run.stderr')).toMatchObject({ plugin: 'command/disk', text: '/' });
    chmodSync(program, 0o757);
    agent.tick();
    expect(agent.plugin('command/disk').plugins).toMatchObject([
      { state: 'rejected', reasons: [{ kind: 'wrong-mode' }] },
    ]);
    rmSync(program);
    mkdirSync(program);
    agent.tick();
    expect(agent.plugin('disk').plugins[0]?.reasons[0]?.sentence).toContain('is not a file; correct command under');
  });

  test('follows its section, and is gone with it', async () => {
    const home = makeHome();
    const lib = foreignDirectory();
    const [one, two] = [writePlugin(lib, 'one', value, 0o755), writePlugin(lib, 'two', value, 0o755)];
    const agent = testDaemon(home, pluginSections({ 'my disk': { command: [one, 'a'], intervalS: 120 } }));
    expect(agent.status().plugins).toMatchObject([
      { file: 'command/my disk', name: 'my_disk', path: one, intervalS: 120 },
    ]);
    agent.reload(pluginSections({ 'my disk': { command: [one, 'b'] } }));
    await agent.tickAndFinish('command/my disk');
    agent.reload(pluginSections({ 'my disk': { command: [two] }, other: {} }));
    expect(agent.status().plugins).toMatchObject([{ path: two, intervalS: 60 }]);
    await agent.tickAndFinish('command/my disk');
    agent.reload(pluginSections({}));
    expect(agent.status().plugins).toEqual([]);
    expect(agent.events.of('plugin.removed')).toEqual([{ event: 'plugin.removed', plugin: 'command/my disk' }]);
  });
});

test('plugins of several places that share a name are told with all paths, and only a script of the agent is to be renamed', () => {
  const home = makeHome();
  const [munin, lib] = [foreignDirectory(), foreignDirectory()];
  const own = writePlugin(home.scripts, 'disk.sh', value);
  const foreign = writePlugin(munin, 'disk', value, 0o755);
  const program = writePlugin(lib, 'check_disk', value, 0o755);
  const agent = testDaemon(home, {
    ...directories({ munin: { path: munin } }),
    ...pluginSections({ disk: { command: [program] } }),
  });
  const told = agent.events.of('plugin.collided');
  expect(told).toMatchObject([{ name: 'disk', paths: [own, foreign, program] }]);
  expect(told[0]?.advice.commands).toEqual([`mv -n '${own}' '${join(home.scripts, 'disk_sh.sh')}'`]);
  const reasons = agent.status().plugins.map(({ reasons: [, reason] }) => reason?.sentence.replace(/^.*; /, ''));
  expect(reasons).toEqual([
    'rename this one to disk_sh',
    'rename what is in the script directory',
    'give its section [plugin:disk] another name',
  ]);
  renameSync(own, join(home.scripts, 'disk_sh.sh'));
  agent.tick();
  expect(agent.events.of('plugin.collided')).toMatchObject([{}, { name: 'disk', paths: [foreign, program] }]);
  agent.reload(pluginSections({}));
  agent.tick();
  expect(
    agent.status().plugins.flatMap(({ reasons }) => reasons.filter(({ kind }) => kind === 'name-collision')),
  ).toEqual([]);
});

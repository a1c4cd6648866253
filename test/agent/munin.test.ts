import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { defaultPluginSettings } from '../../src/config/plugin-settings.ts';
import { holdFifo } from '../helpers/hold-fifo.ts';
import { writePlugin } from '../helpers/install-plugin.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { type Home, makeHome, testDaemon } from '../helpers/test-daemon.ts';

const settings = { ...defaultPluginSettings, format: 'munin' } as const;

/** A plugin that notes each call in `$OUT/calls`, and has a count that grows by 600 a run. */
const counting = `#!/bin/sh
echo "run $*" >> "$OUT/calls"
if [ "$1" = config ]; then echo "down.type DERIVE"; echo "down.min 0"; exit 0; fi
runs=$(grep -c '^run $' "$OUT/calls")
echo "down.value $((runs * 600))"
`;

/** An agent with one Munin plugin \`p\`. */
function agentWith(script: string, env: Record<string, string> = {}, home: Home = makeHome(), own = {}) {
  const out = tempDir();
  writePlugin(home.scripts, 'p', script);
  const agent = testDaemon(home, { plugins: new Map([['p', { ...settings, ...own }]]) }, { OUT: out, ...env });
  return {
    ...agent,
    home,
    out,
    calls: () => readFileSync(join(out, 'calls'), 'utf8').split('\n').slice(0, -1),
    values: () => agent.samples.map((line) => line.replace(/ \d+$/, '').replace('testhost.', '')),
    finished: () => agent.events.of('run.finished').at(-1),
  };
}

describe('the rate of a count', () => {
  test('is that since the last run: the plugin is asked once what its fields are', async () => {
    const agent = agentWith(counting);
    await agent.tickAndFinish('p');
    await agent.tickAndFinish('p');
    await agent.tickAndFinish('p');
    expect(agent.calls()).toEqual(['run config', 'run ', 'run ', 'run ']);
    expect(agent.values()).toEqual(['p.down 10', 'p.down 10']);
    expect(agent.events.of('run.finished').length).toBe(3);
  });

  test('is known after a restart of the agent', async () => {
    const first = agentWith(counting);
    await first.tickAndFinish('p');
    await first.stop();
    const second = testDaemon(first.home, { plugins: new Map([['p', settings]]) }, { OUT: first.out });
    second.clock.jump(60_000);
    await second.tickAndFinish('p');
    await second.untilSamples(1);
    expect(first.calls()).toEqual(['run config', 'run ', 'run config', 'run ']);
    expect(second.samples.map((line) => line.split(' ')[0])).toEqual(['testhost.p.down']);
  });

  test('goes by the moments of the runs to the millisecond, also after a restart', async () => {
    const hold = holdFifo();
    const first = agentWith(`${counting}[ "$runs" = 1 ] && read -r _ < '${hold.path}'\nexit 0\n`);
    const finished = first.events.next('run.finished');
    first.tick();
    first.clock.advance(1600);
    hold.release();
    await finished;
    const endedMs = first.clock.nowMs();
    await first.stop();
    const second = testDaemon(first.home, { plugins: new Map([['p', settings]]) }, { OUT: first.out });
    second.clock.jump(endedMs - 600 - second.clock.nowMs()); // whole minutes
    await second.tickAndFinish('p');
    await second.tickAndFinish('p');
    expect(second.samples.map((line) => line.split(' ')[1])).toEqual([String(600 / 58.4), '10']);
  });

  test('is not known once, after a run that failed', async () => {
    const agent = agentWith(`${counting}[ "$runs" = 2 ] && exit 1\nexit 0\n`);
    for (let run = 0; run < 4; run += 1) await agent.tickAndFinish('p');
    expect(agent.values()).toEqual(['p.down 10']);
  });

  test('is not shown as a value on the page, because the values before are not kept', async () => {
    const agent = agentWith(counting);
    await agent.tickAndFinish('p');
    await agent.tickAndFinish('p');
    expect(agent.plugin('p').plugins[0]?.output).toMatchObject({ samples: 0, badLines: 0 });
    expect(agent.plugin('p').plugins[0]?.lastRun?.samples).toBe(1);
  });

  test('is told to need two runs, where there is nothing else', async () => {
    const agent = agentWith(counting);
    await agent.tickAndFinish('p');
    expect(agent.plugin('p').plugins[0]?.reasons[0]?.sentence).toMatch(
      /no value that can be sent; a rate needs two runs/,
    );
  });
});

describe('a plugin is asked again', () => {
  test('when its file changes', async () => {
    const agent = agentWith(counting);
    await agent.tickAndFinish('p');
    writePlugin(agent.home.scripts, 'p', `${counting}\n`);
    await agent.tickAndFinish('p');
    expect(agent.calls()).toEqual(['run config', 'run ', 'run config', 'run ']);
  });

  test('when its settings change', async () => {
    const agent = agentWith(counting);
    await agent.tickAndFinish('p');
    agent.reload({ plugins: new Map([['p', { ...settings, env: { MORE: '1' } }]]) });
    await agent.tickAndFinish('p');
    expect(agent.calls()).toEqual(['run config', 'run ', 'run config', 'run ']);
  });

  test('once a day', async () => {
    const agent = agentWith(counting);
    await agent.tickAndFinish('p');
    agent.clock.stall(23 * 3600 * 1000);
    await agent.tickAndFinish('p');
    expect(agent.calls().filter((call) => call === 'run config').length).toBe(1);
    agent.clock.stall(3600 * 1000);
    await agent.tickAndFinish('p');
    expect(agent.calls().filter((call) => call === 'run config').length).toBe(2);
  });
});

describe('a plugin that can not be asked', () => {
  const failing = `#!/bin/sh
if [ "$1" = config ] && [ ! -e "$OUT/works" ]; then echo "no database" >&2; exit 3; fi
[ "$1" = config ] && { echo "up.type DERIVE"; exit 0; }
echo "up.value 5"
`;

  test('is run all the same, with all its fields as gauges, and that is told once', async () => {
    const agent = agentWith(failing);
    await agent.tickAndFinish('p');
    await agent.tickAndFinish('p');
    expect(agent.values()).toEqual(['p.up 5', 'p.up 5']);
    expect(agent.events.of('run.stderr').map(({ text }) => text)).toEqual(['no database', 'no database']);
    const told = agent.events.of('run.config-failed');
    expect(told.map(({ plugin }) => plugin)).toEqual(['p']);
    expect(told[0]?.advice.sentence).toMatch(/^run with the argument config, it exited with status 3, so a field/);
  });

  test('is asked at each run, until it answers', async () => {
    const agent = agentWith(failing);
    await agent.tickAndFinish('p');
    writePlugin(agent.out, 'works', '');
    await agent.tickAndFinish('p');
    await agent.tickAndFinish('p');
    expect(agent.values()).toEqual(['p.up 5', 'p.up 0', 'p.up 0']);
  });

  test('by a signal, is run all the same', async () => {
    const agent = agentWith('#!/bin/sh\n[ "$1" = config ] && kill -TERM $$\necho "up.value 5"\n');
    await agent.tickAndFinish('p');
    expect(agent.values()).toEqual(['p.up 5']);
    expect(agent.events.of('run.config-failed')[0]?.advice.sentence).toContain('it was ended by SIGTERM');
  });
});

describe('values among the answer', () => {
  const dirty = `#!/bin/sh
echo "run $*" >> "$OUT/calls"
[ "$1" = config ] && echo "a.label x"
echo "a.value $(wc -l < "$OUT/calls")"
`;

  test('save the second process of the first run', async () => {
    const agent = agentWith(dirty);
    await agent.tickAndFinish('p');
    await agent.tickAndFinish('p');
    expect(agent.calls()).toEqual(['run config', 'run ']);
    expect(agent.values()).toEqual(['p.a 1', 'p.a 2']);
  });

  test('do not, if the answer was cut', async () => {
    const agent = agentWith(`${dirty}[ "$1" = config ] && head -c 17000000 /dev/zero | tr '\\0' '\\n'\nexit 0\n`);
    await agent.tickAndFinish('p');
    expect(agent.calls()).toEqual(['run config', 'run ']);
    expect(agent.values()).toEqual(['p.a 2']);
  });
});

describe('the environment', () => {
  const shows = '#!/bin/sh\nenv | grep -E "^(MUNIN_|FQDN)" | sort > "$OUT/env"\necho "a.value 1"\n';
  const shown = (out: string) =>
    Object.fromEntries(
      readFileSync(join(out, 'env'), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => line.split('=')),
    );

  test('is that of a node of Munin, with a private folder of the state directory', async () => {
    const agent = agentWith(shows);
    await agent.tickAndFinish('p');
    const folder = join(agent.home.state, 'munin');
    expect(shown(agent.out)).toEqual({
      FQDN: 'testhost',
      MUNIN_CAP_DIRTYCONFIG: '1',
      MUNIN_CAP_MULTIGRAPH: '1',
      MUNIN_DEBUG: '0',
      MUNIN_LIBDIR: '/usr/share/munin',
      MUNIN_PLUGSTATE: folder,
      MUNIN_STATEFILE: join(folder, 'p-instrument_server'),
    });
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  test('has the variables of the plugin in the place of these, and a library folder that is set', async () => {
    const own = { env: { MUNIN_PLUGSTATE: '/elsewhere' } };
    const agent = agentWith(shows, { MUNIN_LIBDIR: '/opt/munin' }, makeHome(), own);
    await agent.tickAndFinish('p');
    expect(shown(agent.out)).toMatchObject({ MUNIN_LIBDIR: '/opt/munin', MUNIN_PLUGSTATE: '/elsewhere' });
  });

  test('is there though the folder can not be made', async () => {
    const home = makeHome();
    const agent = agentWith(shows, {}, home);
    writePlugin(home.state, 'munin', 'a file');
    await agent.tickAndFinish('p');
    expect(agent.values()).toEqual(['p.a 1']);
    expect(existsSync(join(home.state, 'munin'))).toBe(true);
  });
});

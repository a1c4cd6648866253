import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { MuninConfigs } from '../../src/agent/munin-configs.ts';
import { createTickRuns } from '../../src/agent/runs.ts';
import { SampleBounds } from '../../src/agent/sample-bounds.ts';
import { defaultPluginSettings } from '../../src/config/plugin-settings.ts';
import { openOutputFiles } from '../../src/io/disk/output-files.ts';
import { systemEdges } from '../../src/io/edges.ts';
import type { Exit } from '../../src/io/process/launch/launcher.ts';
import { type Plugin, pluginFile, pluginName } from '../../src/model/plugin.ts';
import type { FinishedRun, LastRun } from '../../src/model/run.ts';
import { metricName, type Sample, unixSeconds } from '../../src/model/sample.ts';
import { OutputMemory } from '../../src/runner/output-memory.ts';
import { eventLog } from '../helpers/event-log.ts';
import { fakeClock } from '../helpers/fake-clock.ts';
import { bareCommands } from '../helpers/own-commands.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { testConfig } from '../helpers/test-daemon.ts';
import { scriptedLauncher } from '../runner/launches.ts';

const plugin: Plugin = { file: pluginFile('a.sh'), name: pluginName('a.sh'), path: '/scripts/a.sh' };
const exited = (status: number): Exit => ({ kind: 'exited', status });
const sample: Sample = { metric: metricName('testhost.a.x'), value: 1, atS: unixSeconds(5002) };
const longOutput = `x 1\n${'y 2\n'.repeat(50_000)}`;

/** The runs of one plugin, whose script does what the test says. */
function setUp({
  mayRun = true,
  maxOutputBytes = 1e6,
  last = null as LastRun | null,
  hostNames = [] as readonly string[],
} = {}) {
  const clock = fakeClock(5_000_500);
  const events = eventLog();
  const dir = tempDir();
  const script = scriptedLauncher();
  const finished: (Omit<FinishedRun, 'samples'> & { readonly samples: readonly Sample[] })[] = [];
  let isUnreadable = false;
  const files = openOutputFiles(join(dir, 'outputs'), 'life');
  const outputs: typeof files = {
    ...files,
    chunks: (name) => ({
      *[Symbol.iterator]() {
        if (isUnreadable) throw new Error('EMFILE: too many open files');
        yield* files.chunks(name);
      },
    }),
  };
  const home = { scripts: dir, state: dir };
  const scripts = { ...testConfig(home).scripts, maxOutputBytes };
  const plugins = new Map([['a', { ...defaultPluginSettings, enabled: true, intervalS: null, env: { OWN: '1' } }]]);
  const config = testConfig(home, { scripts, plugins, hostMetrics: hostNames.length > 0 });
  const start = createTickRuns({
    edges: { ...systemEdges(), clock },
    launcher: script.launcher,
    outputs,
    memory: new OutputMemory(),
    config: () => config,
    store: {
      lastRun: () => last,
      began: () => {},
      stdinPath: () => (last ? '/state/outputs/last' : null),
      finished(run) {
        expect(events.of('run.finished')).toHaveLength(finished.length); // the store has the run before the event comes
        const canRead = !(isUnreadable && run.completed?.stdout.kind === 'file');
        finished.push({ ...run, samples: canRead ? [...run.samples].filter((sample) => sample !== null) : [] });
      },
    },
    emit: events.emit,
    mayRun: () => mayRun,
    hostNames: async () => new Set(hostNames),
    sampleBounds: new SampleBounds(clock, () => config.bounds),
    commands: bareCommands,
    muninConfigs: new MuninConfigs(),
    bounds: { allowsStderr: () => true },
  });
  return {
    events,
    finished,
    launched: script.launched,
    start,
    kept: () => readdirSync(join(dir, 'outputs')),
    setUnreadable: (value: boolean) => {
      isUnreadable = value;
    },
    /** One run: what it writes, how it ends. */
    async run(exit: Exit, { stdout = '', stderr = '', takesMs = 0, of = plugin } = {}) {
      const { ended } = start(of);
      script.write(stdout, stderr);
      clock.advance(takesMs);
      script.end(exit);
      await ended;
      return events.of('run.finished').at(-1);
    },
  };
}

test('a script that must not run at the last look is not started, and leaves nothing', async () => {
  const at = setUp({ mayRun: false });
  const run = at.start(plugin);
  expect(run.pid()).toBeNull();
  await run.ended;
  expect([at.launched, at.finished, at.events.all]).toEqual([[], [], []]);
});

test('a script is called with what the last run left, and with its own environment', async () => {
  const at = setUp({ last: { endedAtS: unixSeconds(9), status: 3, output: { name: 'last', sizeBytes: 2 } } });
  expect(at.start(plugin).pid()).toBe(42);
  expect(at.launched).toEqual([
    { path: '/scripts/a.sh', file: 'a.sh', args: ['9', '3'], stdinPath: '/state/outputs/last', env: { OWN: '1' } },
  ]);
});

test('a run that exits with 0 leaves its samples, its output, and when it ended', async () => {
  const at = setUp();
  const finished = await at.run(exited(0), { stdout: 'x 1\n', takesMs: 1750 });
  const stdout = { kind: 'bytes', bytes: Buffer.from('x 1\n') };
  expect(at.finished).toEqual([
    { file: 'a.sh', completed: { endedAtS: 5002.25, status: 0, stdout }, samples: [sample] },
  ]);
  expect(finished).toEqual({
    event: 'run.finished',
    plugin: 'a.sh',
    pid: 42,
    ending: { kind: 'exited', status: 0 },
    failure: null,
    durationMs: 1750,
    cpuS: null,
    peakMemoryBytes: null,
    isOutputRead: true,
    samples: 1,
    badLines: 0,
    firstBadLines: [],
    looksLike: null,
    unendedBytes: 0,
    notFinite: 0,
    message: null,
    checkState: null,
    takenByHost: null,
    leftOut: null,
    outputBytes: 4,
    droppedBytes: 0,
    outputLost: null,
  });
});

for (const exit of [
  { kind: 'exited', status: 1 },
  { kind: 'signaled', signal: 'SIGKILL', status: 137 },
] as const) {
  test(`the output of a run that ${exit.kind === 'exited' ? 'exits with 1' : 'is ended by a signal'} is kept, but not read`, async () => {
    const at = setUp();
    const finished = await at.run(exit, { stdout: 'x 1\n' });
    expect(at.finished).toMatchObject([
      { completed: { status: exit.status, stdout: { bytes: Buffer.from('x 1\n') } }, samples: [] },
    ]);
    expect(finished).toMatchObject({ ending: exit, pid: 42, isOutputRead: false, samples: 0 });
    expect(finished?.failure?.sentence).toContain('its output was not sent');
  });
}

for (const exit of [
  { kind: 'unknown' },
  { kind: 'not-started', failedAt: 'exec', code: 'ENOENT', words: 'not found' },
] as const) {
  test(`a run whose ending is ${exit.kind} changes nothing for the next, and leaves no file`, async () => {
    const at = setUp();
    const finished = await at.run(exit, { stdout: 'x'.repeat(200_000) });
    expect(at.finished).toEqual([{ file: 'a.sh', completed: null, samples: [] }]);
    expect([at.kept(), finished?.isOutputRead]).toEqual([[], false]);
  });
}

describe('an output', () => {
  test('that is large is kept as a file, and the store gets that', async () => {
    const at = setUp();
    const finished = await at.run(exited(0), { stdout: longOutput });
    const sizeBytes = longOutput.length;
    expect(at.finished).toMatchObject([{ completed: { stdout: { kind: 'file', name: at.kept()[0], sizeBytes } } }]);
    expect([at.finished[0]?.samples.length, finished?.samples]).toEqual([50_001, 50_001]);
  });

  test('beyond the limit is read as cut: its last line does not count', async () => {
    const at = setUp({ maxOutputBytes: 6 });
    expect(await at.run(exited(0), { stdout: 'x 1\ny 234567\n' })).toMatchObject({
      samples: 1,
      badLines: 0,
      outputBytes: 13,
      droppedBytes: 7,
    });
  });

  test('with bad lines says how many there are, and describes the first ones', async () => {
    const at = setUp();
    const finished = await at.run(exited(0), { stdout: `x 1\n${'bad\n'.repeat(7)}` });
    expect(finished).toMatchObject({
      samples: 1,
      badLines: 7,
      firstBadLines: [{ line: 2, text: 'bad' }, {}, {}, {}, {}],
      looksLike: null,
      unendedBytes: 0,
      notFinite: 0,
      message: null,
      checkState: null,
      takenByHost: null,
      leftOut: null,
    });
  });

  test('that can not be read back now reaches the store all the same, and what is in it is not known', async () => {
    const at = setUp();
    at.setUnreadable(true);
    expect(await at.run(exited(0), { stdout: longOutput })).toMatchObject({
      isOutputRead: false,
      samples: 0,
      badLines: 0,
      outputLost: 'its samples could not be counted: EMFILE: too many open files',
    });
    expect(at.finished).toMatchObject([{ completed: { status: 0, stdout: { kind: 'file' } } }]);
  });
});

describe('an output with names of host metrics', () => {
  const cpu: Plugin = { file: pluginFile('cpu'), name: pluginName('cpu'), path: '/scripts/cpu' };

  test('leaves these out of what is sent, and says how many and which', async () => {
    const at = setUp({ hostNames: ['cpu.user'] });
    const finished = await at.run(exited(0), { stdout: 'user 1\nmine 2\nuser 3\nbad\n', of: cpu });
    expect(at.finished[0]?.samples.map(({ metric }) => metric)).toEqual(['testhost.cpu.mine']);
    expect(finished).toMatchObject({
      samples: 1,
      badLines: 1,
      takenByHost: { count: 2, names: ['testhost.cpu.user'] },
      leftOut: null,
    });
  });

  test('leaves these out, too, if it can be read only when it is stored', async () => {
    const at = setUp({ hostNames: ['cpu.x'] });
    at.setUnreadable(true);
    expect(await at.run(exited(0), { stdout: longOutput, of: cpu })).toMatchObject({
      isOutputRead: false,
      takenByHost: null,
      leftOut: null,
    });
  });

  test('is sent whole if the plugin has another name, or the run failed', async () => {
    const at = setUp({ hostNames: ['a.x', 'cpu.x'] });
    expect(await at.run(exited(0), { stdout: 'x 1\n' })).toMatchObject({ samples: 1, takenByHost: null });
    expect(await at.run(exited(1), { stdout: 'x 1\n', of: cpu })).toMatchObject({ samples: 0, takenByHost: null });
  });
});

test('stderr comes line by line with the process id, the last line too, before the end of the run', async () => {
  const at = setUp();
  await at.run(exited(0), { stderr: 'one\ntwo' });
  expect(at.events.all.map((event) => (event.event === 'run.stderr' ? event.text : event.event))).toEqual([
    'run.started',
    'one',
    'two',
    'run.finished',
  ]);
  expect(at.events.of('run.stderr').map(({ pid }) => pid)).toEqual([42, 42]);
});

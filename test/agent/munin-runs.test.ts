import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { MuninConfigs } from '../../src/agent/munin-configs.ts';
import { muninFormatAfter, onlyGauges } from '../../src/agent/munin-run.ts';
import { MuninRuns } from '../../src/agent/munin-runs.ts';
import { textLines } from '../../src/formats/foreign.ts';
import { type OutputFiles, openOutputFiles } from '../../src/io/disk/output-files.ts';
import type { Exit } from '../../src/io/process/launch/launcher.ts';
import type { PluginFile } from '../../src/model/plugin.ts';
import { pluginFile, pluginName } from '../../src/model/plugin.ts';
import type { RunOutcome } from '../../src/model/run.ts';
import { unixSeconds } from '../../src/model/sample.ts';
import { OutputMemory } from '../../src/runner/output-memory.ts';
import { eventLog } from '../helpers/event-log.ts';
import { fakeClock } from '../helpers/fake-clock.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { turn } from '../helpers/turns.ts';
import { scriptedLauncher } from '../runner/launches.ts';

const good: Exit = { kind: 'exited', status: 0 };

/** Munin plugins whose processes do what the test says. */
function setUp({ bounds = { plugins: 10, fields: 10 }, change = (files: OutputFiles): OutputFiles => files } = {}) {
  const clock = fakeClock(5_000_000);
  const script = scriptedLauncher();
  const dir = join(tempDir(), 'outputs');
  const outputs = change(openOutputFiles(dir, 'life'));
  const edges = { clock, launcher: script.launcher, outputs, memory: new OutputMemory(), firstLine: () => '#!/bin/sh' };
  const events = eventLog();
  const seconds: PluginFile[] = [];
  const allowed = { mayRun: true };
  const onSecond = (file: PluginFile) => void seconds.push(file);
  const files = { fingerprint: () => 'same' };
  const configs = new MuninConfigs(bounds);
  const runs = new MuninRuns({ edges, files, configs, emit: events.emit, onSecond });

  /** One run of a plugin; each of its processes prints one of these and exits. */
  async function run(name: string, processes: readonly (readonly [stdout: string, exit: Exit])[]): Promise<RunOutcome> {
    const path = `/munin/${name}`;
    const plugin = { file: pluginFile(name), name: pluginName(name), path };
    const invocation = { path, args: [], stdinPath: null, env: {} };
    const plan = { plugin, invocation, states: null, maxOutputBytes: 1e7, onStderr() {} };
    const before = script.launched.length;
    const { ended, pid } = runs.start(plan, () => allowed.mayRun);
    for (const [index, [stdout, exit]] of processes.entries()) {
      while (script.launched.length <= before + index) await turn(); // a long output of the one before is read in steps
      expect(pid()).toBe(42);
      script.write(stdout);
      clock.advance(1000);
      script.end(exit);
      await turn();
    }
    return ended;
  }
  const argsOf = () => script.launched.map(({ args }) => args.join(' '));
  return { clock, run, configs, events, seconds, allowed, argsOf, kept: () => readdirSync(dir) };
}

const config = 'a.type DERIVE\nb.type COUNTER\nc.min 0\n';

describe('a run of two processes', () => {
  test('takes as long as both, and has the output and the ending of the second', async () => {
    const at = setUp();
    const outcome = await at.run('p', [
      [config, good],
      ['a.value 1\n', { kind: 'exited', status: 1 }],
    ]);
    expect(outcome).toMatchObject({ durationMs: 2000, ending: { status: 1 }, stdout: { kind: 'bytes' } });
    expect([at.argsOf(), at.seconds]).toEqual([['config', ''], ['p']]);
  });

  test('leaves no file of the first', async () => {
    const at = setUp();
    await at.run('p', [
      [`${config}${'\n'.repeat(200_000)}`, good],
      ['a.value 1\n', good],
    ]);
    expect(at.kept()).toEqual([]);
    expect(at.configs.configOf(pluginFile('p')).fields.size).toBe(3);
  });

  test('has all fields of a long configuration of the first', async () => {
    const at = setUp({ bounds: { plugins: 10, fields: 100_000 } });
    const long = Array.from({ length: 40_000 }, (_, index) => `a${index}.type DERIVE\n`).join('');
    await at.run('p', [
      [long, good],
      ['a1.value 1\n', good],
    ]);
    expect(at.configs.configOf(pluginFile('p')).fields.size).toBe(40_000);
  });

  test('has no second one, if the plugin must not run any more', async () => {
    const at = setUp();
    at.allowed.mayRun = false;
    const { ending, failure, stdout } = await at.run('p', [[config, good]]);
    expect([ending.kind, failure?.kind, stdout]).toEqual([
      'not-started',
      'not-started',
      { kind: 'bytes', bytes: new Uint8Array() },
    ]);
    expect(failure?.sentence).toMatch(/config only: it was changed meanwhile, or must not run any more$/);
    expect([at.argsOf(), at.seconds]).toEqual([['config'], []]);
  });

  test.each([
    [{ kind: 'unknown' } as const, 'it ended in an unknown way'],
    [{ kind: 'not-started', failedAt: 'exec', code: 'EACCES', words: '' } as const, 'it did not start (EACCES)'],
  ])('has its second one, however the first ends: %o', async (exit, words) => {
    const at = setUp();
    await at.run('p', [
      ['', exit],
      ['a.value 1\n', good],
    ]);
    expect(at.events.of('run.config-failed')[0]?.advice.sentence).toContain(words);
  });

  test('has its second one, if the output of the first can not be read', async () => {
    const at = setUp({
      change: (files) => ({
        ...files,
        chunks: () => {
          throw new Error('EMFILE: too many open files');
        },
      }),
    });
    await at.run('p', [
      [`${config}${'\n'.repeat(200_000)}`, good],
      ['a.value 1\n', good],
    ]);
    expect(at.events.of('run.config-failed')[0]?.advice.sentence).toContain("its output can't be read: EMFILE");
    expect(at.configs.configOf(pluginFile('p'))).toBe(onlyGauges);
  });
});

test('what a plugin said before stays, if it can not be asked the next day', async () => {
  const at = setUp();
  const second = ['a.value 1\n', good] as const;
  await at.run('p', [[config, good], second]);
  await at.run('p', [second]);
  at.clock.advance(24 * 3600 * 1000);
  await at.run('p', [['', { kind: 'exited', status: 1 }], second]);
  expect(at.argsOf()).toEqual(['config', '', '', 'config', '']);
  expect(at.configs.configOf(pluginFile('p')).fields.size).toBe(3);
});

describe('what is remembered of all plugins', () => {
  const twoRuns = [
    [config, good],
    ['a.value 1\n', good],
  ] as const;

  test.each([
    ['plugins', { plugins: 2, fields: 100 }],
    ['fields', { plugins: 100, fields: 6 }],
  ])('is bounded in %s: the oldest go first', async (_what, bounds) => {
    const at = setUp({ bounds });
    for (const name of ['a', 'b', 'c']) await at.run(name, twoRuns);
    expect(['a', 'b', 'c'].map((name) => at.configs.configOf(pluginFile(name)).fields.size)).toEqual([0, 3, 3]);
  });
});

describe('the values before', () => {
  const count = { ...onlyGauges, fields: new Map([['a', { type: 'DERIVE', min: null, max: null } as const]]) };
  const ratesAfter = (status: number, sizeBytes: number, chunks: (name: string) => Iterable<Uint8Array>) => {
    const before = { endedAtS: unixSeconds(1_700_000_000), status, output: { name: 'o', sizeBytes } };
    const format = muninFormatAfter(count, before, { chunks }, 1_700_000_030);
    const lines = textLines([Buffer.from('a.value 70\n')], false);
    const found = [...format(lines, { endedAtS: unixSeconds(1_700_000_030) })];
    return found.flatMap((one) => (one?.kind === 'sample' ? [one.value] : []));
  };
  const former = () => [Buffer.from('a.value 10\n')];

  test('give rates, if that run was a good one and its output can be read at once', () => {
    expect(ratesAfter(0, 11, former)).toEqual([2]);
    expect(ratesAfter(1, 11, former)).toEqual([]);
    expect(ratesAfter(0, 1024 * 1024 + 1, former)).toEqual([]);
    expect(
      ratesAfter(0, 11, () => {
        throw new Error('EIO');
      }),
    ).toEqual([]);
  });
});

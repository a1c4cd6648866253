import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { beginTrial } from '../../src/agent/trials.ts';
import { type OutputFiles, openOutputFiles } from '../../src/io/disk/output-files.ts';
import { systemEdges } from '../../src/io/edges.ts';
import type { Exit } from '../../src/io/process/launch/launcher.ts';
import type { FormatName } from '../../src/model/format.ts';
import { pluginFile, pluginName } from '../../src/model/plugin.ts';
import { unixSeconds } from '../../src/model/sample.ts';
import type { TrialEvent } from '../../src/model/trial.ts';
import { OutputMemory } from '../../src/runner/output-memory.ts';
import { fakeClock } from '../helpers/fake-clock.ts';
import { bareCommands } from '../helpers/own-commands.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { testConfig } from '../helpers/test-daemon.ts';
import { scriptedLauncher } from '../runner/launches.ts';

const pluginOf = (file: string) => ({ file: pluginFile(file), name: pluginName(file), path: `/scripts/${file}` });

/** A trial whose script begins with this, and writes and ends as the test says. */
function setUp({
  file = 'a.sh',
  head = '#!/bin/sh\n',
  platform = 'linux',
  maxOutputBytes = 1e6,
  change = (files: OutputFiles): OutputFiles => files,
  format = null as FormatName | null,
  mayRun = true,
} = {}) {
  const clock = fakeClock(5_000_500);
  const script = scriptedLauncher();
  const dir = tempDir();
  const outputs = change(openOutputFiles(join(dir, 'outputs'), 'life'));
  const home = { scripts: dir, state: dir };
  const scripts = { ...testConfig(home).scripts, maxOutputBytes };
  const config = testConfig(home, { scripts });
  const events: TrialEvent[] = [];
  const removed: string[] = [];
  const lastRun = { endedAtS: unixSeconds(9), status: 3, output: { name: 'last', sizeBytes: 5 } };
  const previous = { lastRun, stdinPath: '/state/outputs/last', remove: () => void removed.push('last') };
  const edges = systemEdges();
  const files = { ...edges.files, head: () => head };
  const memory = new OutputMemory();
  const commands = bareCommands;
  const edge = { ...edges, clock, files, platform };
  const deps = { edges: edge, launcher: script.launcher, outputs, memory, config, commands };
  const trial = { plugin: pluginOf(file), script: file, format, previous, muninFolder: join(dir, 'munin') };
  const run = beginTrial(deps, { ...trial, mayRun: () => mayRun }, (event) => events.push(event));
  return {
    removed,
    launched: script.launched,
    events,
    kept: () => readdirSync(join(dir, 'outputs')),
    async run(exit: Exit, stdout: string | Uint8Array = '', stderr = '') {
      script.write(stdout, stderr);
      clock.advance(1750);
      script.end(exit);
      await run.ended;
      const ended = events.at(-1);
      if (ended?.event !== 'ended') throw new Error('the trial has not reported its end');
      return ended;
    },
  };
}

test('all of a trial is reported: what it was called with, its bytes, its stderr, how long it took and how it ended', async () => {
  const at = setUp();
  const bytes = Buffer.from([120, 32, 255, 10]);
  expect(await at.run({ kind: 'exited', status: 0 }, bytes, 'one\ntwo')).toEqual({
    event: 'ended',
    file: 'a.sh',
    prefix: 'testhost.a',
    args: ['9', '3'],
    stdinBytes: 5,
    pid: 42,
    ending: { kind: 'exited', status: 0 },
    failure: null,
    notes: [],
    endedAtS: 5002.25,
    durationMs: 1750,
    cpuS: null,
    peakMemoryBytes: null,
    stdout: bytes.toString('base64'),
    droppedBytes: 0,
    outputLost: null,
    output: {
      lines: [expect.objectContaining({ line: 1 })],
      moreLines: 0,
      samples: 0,
      badLines: 1,
      looksLike: null,
      duplicate: null,
    },
    stderr: ['one', 'two'],
  });
  expect([at.events.map(({ event }) => event), at.removed]).toEqual([['started', 'ended'], ['last']]);
  expect(at.launched).toEqual([
    { path: '/scripts/a.sh', file: 'a.sh', args: ['9', '3'], stdinPath: '/state/outputs/last', env: {} },
  ]);
});

test('a trial that fails says why nothing would be sent', async () => {
  expect((await setUp().run({ kind: 'exited', status: 3 })).failure).toMatchObject({ kind: 'exit-status' });
});

describe('a trial notes, beside how the run ended, that', () => {
  const mark = '\u00ef\u00bb\u00bf';
  const rows = [
    { title: 'nothing is wrong with a #! line', file: 'a.sh', head: '#!/bin/sh', status: 0, notes: [] },
    { title: 'the shell runs a script without a #! line', file: 'a', head: 'echo', status: 0, notes: ['no-shebang'] },
    { title: 'nothing of it once its failure says so', file: 'a', head: 'echo', status: 3, notes: [] },
    { title: 'the name asks for a #! line', file: 'a.py', head: 'echo', status: 0, notes: ['no-shebang'] },
    { title: 'nothing that is the failure itself', file: 'a.py', head: 'echo', status: 3, notes: [] },
    { title: 'there is a byte order mark', file: 'a', head: `${mark}#!/bin/sh`, status: 0, notes: ['byte-order-mark'] },
  ];
  test.each(rows)('$title', async ({ file, head, status, notes }) => {
    const result = await setUp({ file, head }).run({ kind: 'exited', status });
    expect(result.notes.map(({ kind }) => kind)).toEqual(notes);
  });

  test('nothing where there are no #! lines, on Windows', async () => {
    const result = await setUp({ head: 'echo', platform: 'win32' }).run({ kind: 'exited', status: 0 });
    expect(result.notes).toEqual([]);
  });
});

test('a large output comes whole, and leaves no file; what is beyond the limit is counted', async () => {
  const at = setUp({ maxOutputBytes: 200_000 });
  const result = await at.run({ kind: 'exited', status: 0 }, 'x'.repeat(200_007));
  const bytes = Buffer.from(result.stdout, 'base64').length;
  expect([bytes, result.droppedBytes, result.outputLost, at.kept()]).toEqual([200_000, 7, null, []]);
  expect(result.output.lines).toMatchObject([{ verdict: { kind: 'cut' } }]);
});

test('an output that can not be read back is reported as lost, and its file is removed', async () => {
  const unreadable = (files: OutputFiles): OutputFiles => ({
    ...files,
    chunks() {
      throw new Error('EMFILE: too many open files');
    },
  });
  const at = setUp({ change: unreadable });
  const result = await at.run({ kind: 'exited', status: 0 }, 'x'.repeat(200_000));
  expect([result.outputLost, result.stdout, at.kept()]).toEqual(['EMFILE: too many open files', '', []]);
});

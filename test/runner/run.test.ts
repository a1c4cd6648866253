import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type OutputFiles, openOutputFiles } from '../../src/io/disk/output-files.ts';
import type { Exit } from '../../src/io/process/launch/launcher.ts';
import { pluginFile, pluginName } from '../../src/model/plugin.ts';
import { OutputMemory } from '../../src/runner/output-memory.ts';
import { startRun } from '../../src/runner/run.ts';
import { fakeClock } from '../helpers/fake-clock.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { scriptedLauncher } from './launches.ts';

const plugin = { file: pluginFile('a.sh'), name: pluginName('a.sh'), path: '/scripts/a.sh' };
const invocation = { path: plugin.path, args: ['9', '3'], stdinPath: null, env: { OWN: '1' } };

/** One run whose script does what the test says. */
function setUp({
  maxOutputBytes = 1000,
  memory = new OutputMemory(),
  change = (files: OutputFiles): OutputFiles => files,
} = {}) {
  const clock = fakeClock(5_000_500);
  const script = scriptedLauncher();
  const dir = join(tempDir(), 'outputs');
  const outputs = change(openOutputFiles(dir, 'life'));
  const stderr: (readonly [string, number | null])[] = [];
  const firstLinesOf: string[] = [];
  const firstLine = (path: string) => {
    firstLinesOf.push(path);
    return '#!/no/such/env prel';
  };
  const run = startRun(
    { clock, launcher: script.launcher, outputs, memory, firstLine },
    { plugin, invocation, states: null, maxOutputBytes, onStderr: (text, pid) => stderr.push([text, pid]) },
  );
  return {
    ...script,
    clock,
    stderr,
    firstLinesOf,
    pid: run.pid,
    kept: () => readdirSync(dir),
    async run(exit: Exit, stdout: string | Uint8Array = '', stderrText = '') {
      script.write(stdout, stderrText);
      clock.advance(1750);
      script.end(exit);
      return run.ended;
    },
  };
}

test('a run is launched as it was planned, and its outcome says all of it', async () => {
  const at = setUp();
  expect([at.pid(), at.launched]).toEqual([42, [invocation]]);
  const bytes = Buffer.from([120, 32, 255, 10]);
  expect(await at.run({ kind: 'exited', status: 0 }, bytes)).toEqual({
    pid: 42,
    ending: { kind: 'exited', status: 0 },
    failure: null,
    endedAtS: 5002.25,
    durationMs: 1750,
    cpuS: null,
    peakMemoryBytes: null,
    stdout: { kind: 'bytes', bytes },
    droppedBytes: 0,
    outputLost: null,
  });
});

test.each([
  [{ kind: 'exited', status: 3 }, 'it exited with status 3'],
  [{ kind: 'signaled', signal: 'SIGKILL', status: 137 }, 'ended by SIGKILL'],
  [{ kind: 'not-started', failedAt: 'exec', code: 'ENOENT', words: 'not found' }, '/no/such/env does not exist'],
  [{ kind: 'unknown' }, 'how it ended is not known'],
] as const satisfies readonly (readonly [Exit, string])[])(
  'a run that ends as %j says why its samples are not sent',
  async (exit, sentence) => {
    expect((await setUp().run(exit)).failure?.sentence).toContain(sentence);
  },
);

test('the first line of a script is read only after a run that failed, and judged with what that wrote to stderr', async () => {
  const well = setUp();
  await well.run({ kind: 'exited', status: 0 }, '', 'a warning');
  expect(well.firstLinesOf).toEqual([]);
  const failed = setUp();
  const { failure } = await failed.run({ kind: 'exited', status: 127 }, '', 'env: no prel\nsecond line');
  expect(failed.firstLinesOf).toEqual([plugin.path]);
  expect(failure).toMatchObject({ kind: 'missing-interpreter' });
});

test('how long a run took does not depend on the wall clock, and when it ended does', async () => {
  const at = setUp();
  at.clock.jump(-3_600_000);
  expect(await at.run({ kind: 'exited', status: 0 })).toMatchObject({ durationMs: 1750, endedAtS: 1402.25 });
});

test('a large output is a file, and what is beyond the limit is counted', async () => {
  const at = setUp({ maxOutputBytes: 200_000 });
  const outcome = await at.run({ kind: 'exited', status: 0 }, 'x'.repeat(200_007));
  expect(outcome.stdout).toEqual({ kind: 'file', name: at.kept()[0], sizeBytes: 200_000 });
  expect([outcome.droppedBytes, outcome.outputLost]).toEqual([7, null]);
});

test('on a full disk the outcome says why the output is not whole', async () => {
  const full = (files: OutputFiles): OutputFiles => ({
    ...files,
    create() {
      throw new Error('ENOSPC: no space left');
    },
  });
  const at = setUp({ maxOutputBytes: 1e7, memory: new OutputMemory(0), change: full });
  const outcome = await at.run({ kind: 'exited', status: 0 }, 'x'.repeat(2e6));
  expect([outcome.outputLost, outcome.droppedBytes]).toEqual([
    expect.stringContaining('ENOSPC: no space left'),
    2_000_000,
  ]);
});

test('stderr is passed on line by line with the process id, the last line too, before the outcome', async () => {
  const at = setUp();
  await at.run({ kind: 'exited', status: 0 }, '', 'one\ntwo');
  expect(at.stderr).toEqual([
    ['one', 42],
    ['two', 42],
  ]);
});

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type OutputFiles, openOutputFiles } from '../../src/io/disk/output-files.ts';
import type { Exit, Launcher, OutputListener } from '../../src/io/process/launcher.ts';
import { pluginFile, pluginName } from '../../src/model/plugin.ts';
import { startTrial } from '../../src/runner/trial.ts';
import { fakeClock } from '../helpers/fake-clock.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const plugin = { file: pluginFile('a.sh'), name: pluginName('a.sh'), path: '/scripts/a.sh' };

/** A trial whose script writes and ends as the test says. */
function setUp({ maxOutputBytes = 1e6, change = (files: OutputFiles): OutputFiles => files } = {}) {
  const clock = fakeClock(5_000_500);
  const dir = tempDir();
  let end = (_exit: Exit) => {};
  let output: OutputListener = { onStdout() {}, onStderr() {} };
  const launcher: Launcher = {
    launch(_invocation, listener) {
      output = listener;
      const ended = new Promise<Exit>((resolve) => {
        end = resolve;
      });
      return { pid: () => 42, ended };
    },
    renew() {},
    async close() {},
  };
  const annotated: (readonly [number, number, boolean])[] = [];
  const trial = startTrial(
    { clock, launcher, outputs: change(openOutputFiles(join(dir, 'outputs'), 'life')) },
    plugin,
    { path: plugin.path, args: ['9', '3'], stdinPath: null, env: {} },
    {
      maxOutputBytes,
      prefix: 'h.a',
      stdinBytes: 5,
      firstLine: () => '#!/no/such',
      annotate(stdout, endedAtS, truncated) {
        annotated.push([stdout.length, endedAtS, truncated]);
        return { lines: [], moreLines: 0, samples: 1, badLines: 0 };
      },
    },
  );
  return {
    annotated,
    kept: () => readdirSync(join(dir, 'outputs')),
    async run(exit: Exit, stdout: string | Uint8Array = '', stderr = '') {
      output.onStdout(Buffer.from(stdout));
      output.onStderr(Buffer.from(stderr));
      clock.advance(1750);
      end(exit);
      return trial.ended;
    },
  };
}

test('all of a run is told: what it was called with, its bytes, its stderr, how long it took and how it ended', async () => {
  const at = setUp();
  const bytes = Buffer.from([120, 32, 255, 10]);
  expect(await at.run({ kind: 'exited', status: 0 }, bytes, 'one\ntwo')).toEqual({
    file: 'a.sh',
    prefix: 'h.a',
    args: ['9', '3'],
    stdinBytes: 5,
    pid: 42,
    ending: { kind: 'exited', status: 0 },
    failure: null,
    endedAtS: 5002,
    durationMs: 1750,
    stdout: bytes.toString('base64'),
    droppedBytes: 0,
    outputLost: null,
    output: { lines: [], moreLines: 0, samples: 1, badLines: 0 },
    stderr: ['one', 'two'],
  });
  expect(at.annotated).toEqual([[4, 5002, false]]);
});

test.each([
  [{ kind: 'exited', status: 3 }, 'it exited with status 3'],
  [{ kind: 'signaled', signal: 'SIGKILL', status: 137 }, 'ended by SIGKILL'],
  [{ kind: 'not-started', failedAt: 'exec', code: 'ENOENT', words: 'not found' }, '/no/such does not exist'],
  [{ kind: 'unknown' }, 'nobody learnt how it ended'],
] as const satisfies readonly (readonly [Exit, string])[])(
  'a run that ends as %j is told with the reason for which nothing would be sent',
  async (exit, said) => {
    expect((await setUp().run(exit)).failure).toContain(said);
  },
);

test('a large output comes whole, and leaves no file; what is beyond the limit is counted', async () => {
  const at = setUp({ maxOutputBytes: 200_000 });
  const result = await at.run({ kind: 'exited', status: 0 }, 'x'.repeat(200_007));
  expect([Buffer.from(result.stdout, 'base64').length, result.droppedBytes, result.outputLost]).toEqual([
    200_000,
    7,
    null,
  ]);
  expect([at.annotated, at.kept()]).toEqual([[[200_000, 5002, true]], []]);
});

test('on a full disk the run is told all the same, and why its output is not whole', async () => {
  const full = (files: OutputFiles): OutputFiles => ({
    ...files,
    create() {
      throw new Error('ENOSPC: no space left');
    },
  });
  const result = await setUp({ maxOutputBytes: 1e7, change: full }).run({ kind: 'exited', status: 0 }, 'x'.repeat(2e6));
  expect([result.outputLost, result.droppedBytes]).toEqual(['ENOSPC: no space left', 2_000_000]);
});

test('an output that can not be read back at this moment is told as lost, and its file is removed', async () => {
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

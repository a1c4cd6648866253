import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openOutputFiles } from '../../src/io/disk/output-files.ts';
import type { Exit, Invocation, Launcher, OutputListener } from '../../src/io/process/launcher.ts';
import { type Plugin, pluginFile, pluginName } from '../../src/model/plugin.ts';
import type { LastRun } from '../../src/model/run.ts';
import { metricName, type Sample, unixSeconds } from '../../src/model/sample.ts';
import { createRunner, type FinishedRun } from '../../src/runner/runner.ts';
import { eventLog } from '../helpers/event-log.ts';
import { fakeClock } from '../helpers/fake-clock.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const plugin: Plugin = { file: pluginFile('a.sh'), name: pluginName('a.sh'), path: '/scripts/a.sh' };
const exited = (status: number): Exit => ({ kind: 'exited', status });
const sample: Sample = { metric: metricName('h.a.x'), value: 1, atS: unixSeconds(7) };

/** A runner whose launcher does what the test says. */
function setUp({ mayRun = true, maxOutputBytes = 1000, badLines = 0, last = null as LastRun | null } = {}) {
  const clock = fakeClock(5_000_500);
  const events = eventLog();
  const dir = tempDir();
  const finished: FinishedRun[] = [];
  const launched: Invocation[] = [];
  const read: { readonly bytes: number; readonly truncated: boolean }[] = [];
  let end = (_exit: Exit) => {};
  let output: OutputListener = { onStdout() {}, onStderr() {} };
  const launcher: Launcher = {
    launch(invocation, listener) {
      launched.push(invocation);
      output = listener;
      return {
        pid: () => 42,
        ended: new Promise((resolve) => {
          end = resolve;
        }),
      };
    },
    renew() {},
    async close() {},
  };
  let bad = badLines;
  let isUnreadable = false;
  const runner = createRunner(
    { clock, launcher, outputs: openOutputFiles(join(dir, 'outputs'), 'life') },
    { maxOutputBytes, emit: events.emit },
    {
      mayRun: () => mayRun,
      lastRun: () => last,
      stdinPath: () => (last ? '/state/outputs/last' : null),
      ownEnv: () => ({ OWN: '1' }),
      firstLine: () => '#!/no/such',
      readOutput(stdout, _plugin, _endedAtS, truncated) {
        read.push({ bytes: stdout.kind === 'bytes' ? stdout.bytes.length : stdout.sizeBytes, truncated });
        const first = bad > 0 ? [{ line: 1, text: 'x', reason: 'too-few-words' as const, hint: 'say more' }] : [];
        return {
          summarize() {
            if (isUnreadable) throw new Error('EMFILE: too many open files');
            return { samples: 1, badLines: { count: bad, first } };
          },
          all: [sample],
        };
      },
      finished: (run) => {
        expect(events.of('run.finished')).toHaveLength(finished.length); // the run is handed on before it is told
        finished.push(run);
      },
    },
  );
  return {
    clock,
    events,
    finished,
    launched,
    read,
    startRun: runner.start,
    present: runner.present,
    kept: () => readdirSync(join(dir, 'outputs')),
    setBadLines: (count: number) => {
      bad = count;
    },
    setUnreadable: (value: boolean) => {
      isUnreadable = value;
    },
    /** One run: what it writes, how it ends. */
    async run(exit: Exit, { stdout = '', stderr = '', takesMs = 0 } = {}) {
      const { ended } = runner.start(plugin);
      output.onStdout(Buffer.from(stdout));
      output.onStderr(Buffer.from(stderr));
      clock.advance(takesMs);
      end(exit);
      await ended;
    },
  };
}

test('a script that must not run at the last look is not started, and leaves nothing', async () => {
  const at = setUp({ mayRun: false });
  const run = at.startRun(plugin);
  expect(run.pid()).toBeNull();
  await run.ended;
  expect([at.launched, at.finished, at.events.all]).toEqual([[], [], []]);
});

test('a script is called with what the last run left, and with its own environment', async () => {
  const at = setUp({ last: { endedAtS: unixSeconds(9), status: 3, output: { name: 'last', sizeBytes: 2 } } });
  const run = at.startRun(plugin);
  expect(run.pid()).toBe(42);
  expect(at.launched).toEqual([
    { path: '/scripts/a.sh', args: ['9', '3'], stdinPath: '/state/outputs/last', env: { OWN: '1' } },
  ]);
});

test('a run that exits with 0 hands on its samples, its output, and when it ended in whole seconds', async () => {
  const at = setUp();
  await at.run(exited(0), { stdout: 'x 1\n', takesMs: 1750 });
  expect(at.finished).toEqual([
    {
      file: 'a.sh',
      completed: { endedAtS: 5002, status: 0, stdout: { kind: 'bytes', bytes: Buffer.from('x 1\n') } },
      samples: [sample],
    },
  ]);
  expect(at.events.of('run.finished')).toEqual([
    {
      event: 'run.finished',
      plugin: 'a.sh',
      pid: 42,
      ending: { kind: 'exited', status: 0 },
      durationMs: 1750,
      samples: 1,
      badLines: 0,
      outputBytes: 4,
    },
  ]);
  expect(at.events.of('run.failed')).toEqual([]);
});

for (const exit of [
  { kind: 'exited', status: 1 },
  { kind: 'signaled', signal: 'SIGKILL', status: 137 },
] as const) {
  test(`the output of a run that ${exit.kind === 'exited' ? 'exits with 1' : 'is ended by a signal'} is kept, but not read`, async () => {
    const at = setUp();
    await at.run(exit, { stdout: 'x 1\n' });
    expect(at.finished).toMatchObject([
      { completed: { status: exit.status, stdout: { bytes: Buffer.from('x 1\n') } }, samples: [] },
    ]);
    expect([at.read, at.events.of('run.finished')[0]?.samples]).toEqual([[], 0]);
    expect(at.events.of('run.failed')).toMatchObject([{ ending: exit, repeat: 1, pid: 42 }]);
  });
}

for (const exit of [
  { kind: 'unknown' },
  { kind: 'not-started', failedAt: 'exec', code: 'ENOENT', words: 'not found' },
] as const) {
  test(`a run whose ending is ${exit.kind} changes nothing for the next, and leaves no file`, async () => {
    const at = setUp({ maxOutputBytes: 1e6 });
    await at.run(exit, { stdout: 'x'.repeat(200_000) });
    expect(at.finished).toEqual([{ file: 'a.sh', completed: null, samples: [] }]);
    expect([at.kept(), at.read]).toEqual([[], []]);
    expect(at.events.of('run.failed')).toHaveLength(1);
  });
}

test('a script that was not started is told with what its first line says', async () => {
  const at = setUp();
  await at.run({ kind: 'not-started', failedAt: 'exec', code: 'ENOENT', words: 'not found' });
  expect(at.events.of('run.failed')[0]?.explanation).toContain('/no/such does not exist');
});

describe('an output', () => {
  test('that is large is kept as a file, and that is what is handed on', async () => {
    const at = setUp({ maxOutputBytes: 1e6 });
    await at.run(exited(0), { stdout: 'x'.repeat(200_000) });
    expect(at.finished).toMatchObject([
      { completed: { stdout: { kind: 'file', name: at.kept()[0], sizeBytes: 200_000 } } },
    ]);
    expect(at.read).toEqual([{ bytes: 200_000, truncated: false }]);
  });

  test('beyond the limit is read as cut, and told each time with what was kept and dropped', async () => {
    const at = setUp({ maxOutputBytes: 10 });
    for (let time = 0; time < 4; time += 1) await at.run(exited(0), { stdout: 'x'.repeat(15), takesMs: 100 });
    expect(at.read).toEqual(Array(4).fill({ bytes: 10, truncated: true }));
    expect(at.events.of('run.overflowed')).toMatchObject(
      [1, 2, 3, 4].map((repeat) => ({ keptBytes: 10, droppedBytes: 5, repeat })),
    );
    expect(at.events.of('run.finished')[0]?.outputBytes).toBe(15);
    await at.run(exited(0), { stdout: 'x' });
    await at.run(exited(0), { stdout: 'x'.repeat(15) });
    expect(at.events.of('run.overflowed').at(-1)).toMatchObject({ repeat: 1, elapsedMs: 0 });
  });
});

describe('an output that can not be read back at this moment', () => {
  test('is handed on all the same and told each time; nobody knows what is in it', async () => {
    const at = setUp({ badLines: 1 });
    await at.run(exited(0));
    at.setUnreadable(true);
    await at.run(exited(0), { takesMs: 1000 });
    await at.run(exited(0), { takesMs: 1000 });
    expect(at.finished.map(({ samples }) => samples)).toEqual([[sample], [sample], [sample]]);
    expect(at.events.of('run.finished').map(({ samples, badLines }) => [samples, badLines])).toEqual([
      [1, 1],
      [0, 0],
      [0, 0],
    ]);
    const detail = 'its samples could not be counted: EMFILE: too many open files';
    expect(at.events.of('run.output-lost')).toEqual([
      { event: 'run.output-lost', plugin: 'a.sh', detail, repeat: 1, elapsedMs: 0 },
      { event: 'run.output-lost', plugin: 'a.sh', detail, repeat: 2, elapsedMs: 1000 },
    ]);
  });

  test('ends neither the trouble with bad lines nor is it remembered once one was read', async () => {
    const at = setUp({ badLines: 1 });
    for (const isUnreadable of [false, true, false, true]) {
      at.setUnreadable(isUnreadable);
      await at.run(exited(0));
    }
    expect(at.events.of('run.bad-lines').map(({ repeat }) => repeat)).toEqual([1, 2]);
    expect(at.events.of('run.output-lost').map(({ repeat }) => repeat)).toEqual([1, 1]);
  });
});

describe('trouble', () => {
  test('is forgotten when the script is gone: one of its name begins anew', async () => {
    const at = setUp({ maxOutputBytes: 10, badLines: 1 });
    const troubled = async () => {
      await at.run(exited(0), { stdout: 'x'.repeat(15) });
      await at.run(exited(3));
      return ['run.bad-lines', 'run.overflowed', 'run.failed'] as const;
    };
    for (const name of await troubled()) expect(at.events.of(name)).toMatchObject([{ repeat: 1 }]);
    at.present([plugin.file]);
    at.present([]);
    for (const name of await troubled()) expect(at.events.of(name).at(-1)).toMatchObject({ repeat: 1 });
  });

  test('that lasts is told at each failure in a row, and so is its end', async () => {
    const at = setUp();
    for (let time = 0; time < 3; time += 1) await at.run(exited(3), { takesMs: 1000 });
    expect(at.events.of('run.failed').map(({ repeat, elapsedMs }) => [repeat, elapsedMs])).toEqual([
      [1, 0],
      [2, 1000],
      [3, 2000],
    ]);
    expect(at.events.of('run.recovered')).toEqual([]);
    await at.run(exited(0), { takesMs: 1000 });
    await at.run(exited(0));
    expect(at.events.of('run.recovered')).toEqual([
      { event: 'run.recovered', plugin: 'a.sh', failures: 3, elapsedMs: 3000 },
    ]);
  });

  test('with bad lines is told with the first of them, and begins anew after a clean output', async () => {
    const at = setUp({ badLines: 7 });
    for (let time = 0; time < 2; time += 1) await at.run(exited(0));
    expect(at.events.of('run.bad-lines')).toMatchObject([
      { count: 7, repeat: 1, first: [{ reason: 'too-few-words' }] },
      { count: 7, repeat: 2 },
    ]);
    at.setBadLines(0);
    await at.run(exited(0));
    at.setBadLines(1);
    await at.run(exited(0));
    expect(at.events.of('run.bad-lines').at(-1)).toMatchObject({ count: 1, repeat: 1 });
  });

  test('with bad lines is not over by a run that was not read', async () => {
    const at = setUp({ badLines: 1 });
    await at.run(exited(0));
    await at.run(exited(3));
    await at.run(exited(0));
    expect(at.events.of('run.bad-lines').map(({ repeat }) => repeat)).toEqual([1, 2]);
  });
});

test('stderr is told line by line with the process, the last line too, before the end of the run is', async () => {
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

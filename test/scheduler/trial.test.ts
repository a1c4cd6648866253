import { expect, test } from 'vitest';
import { pluginFile } from '../../src/model/plugin.ts';
import { setUp } from './set-up.ts';

/** A trial that the test ends, and what became of it. */
function beginTrial(at: ReturnType<typeof setUp>, file: string, run?: () => never) {
  const trial = {
    began: 0,
    waits: [] as (number | null)[],
    isWanted: true,
    outcome: null as boolean | null | Error,
    end() {},
  };
  const start = () => {
    trial.began += 1;
    const ended = new Promise<void>((resolve) => {
      trial.end = resolve;
    });
    return { pid: () => 7, ended };
  };
  const waiting = {
    onWait: ({ pid }: { pid: () => number | null }) => void trial.waits.push(pid()),
    isWanted: () => trial.isWanted,
  };
  at.scheduler.trial(pluginFile(file), run ?? start, waiting).then(
    (outcome) => {
      trial.outcome = outcome;
    },
    (error: Error) => {
      trial.outcome = error;
    },
  );
  return trial;
}

test('a trial begins at once, beside full slots, and a tick meanwhile skips its plugin', async () => {
  const at = setUp({ maxConcurrency: 1 });
  await at.tick('other');
  const trial = beginTrial(at, 'a');
  expect([trial.began, trial.waits]).toEqual([1, []]);
  await at.tick('a');
  expect(at.started).toEqual(['other']);
  expect(at.events.of('run.skipped')).toMatchObject([{ plugin: 'a', reason: 'running', pid: 7 }]);
  trial.end();
  await at.turns();
  expect(trial.outcome).toBe(true);
  await at.end('other');
  await at.tick('a');
  expect(at.started).toEqual(['other', 'a']);
});

test('a trial waits for a run of its plugin that is in flight, says so once, and begins when that has ended', async () => {
  const at = setUp();
  await at.tick('a');
  const trial = beginTrial(at, 'a');
  await at.advance(60_000);
  expect([trial.began, trial.waits]).toEqual([0, [101]]);
  await at.end('a');
  expect([trial.began, trial.waits, trial.outcome]).toEqual([1, [101], null]);
});

test('two trials of one plugin run one after the other', async () => {
  const at = setUp();
  const [first, second] = [beginTrial(at, 'a'), beginTrial(at, 'a')];
  await at.turns();
  expect([first.began, second.began, second.waits]).toEqual([1, 0, [7]]);
  first.end();
  await at.turns();
  expect([first.outcome, second.began]).toEqual([true, 1]);
});

test('a trial that is not wanted any more does not begin', async () => {
  const at = setUp();
  await at.tick('a');
  const trial = beginTrial(at, 'a');
  trial.isWanted = false;
  await at.end('a');
  expect([trial.began, trial.outcome]).toEqual([0, false]);
  expect(at.states()).toEqual([]);
});

test('no trial begins once the scheduler is closed, and closing waits for one that is running', async () => {
  const at = setUp();
  await at.tick('held');
  const [running, waiting] = [beginTrial(at, 'a'), beginTrial(at, 'held')];
  let isClosed = false;
  void at.scheduler.close().then(() => {
    isClosed = true;
  });
  const late = beginTrial(at, 'late');
  await at.end('held');
  expect([waiting.outcome, waiting.began, late.outcome, late.began, isClosed]).toEqual([false, 0, false, 0, false]);
  running.end();
  await at.turns();
  expect([running.outcome, isClosed]).toEqual([true, true]);
});

test('a long trial is recorded, so that an agent started meanwhile does not run its plugin too, and forgotten at its end', async () => {
  const at = setUp();
  const trial = beginTrial(at, 'a');
  await at.advance(150);
  expect(at.recorded).toEqual([['a', 1_000_000, 7]]);
  trial.end();
  await at.turns();
  expect(at.forgotten).toEqual(['a']);
});

test('a trial that can not begin leaves its plugin free', async () => {
  const at = setUp();
  const trial = beginTrial(at, 'a', () => {
    throw new Error('ENOSPC');
  });
  await at.turns();
  expect(trial.outcome).toEqual(new Error('ENOSPC'));
  await at.tick('a');
  expect(at.started).toEqual(['a']);
});

import { expect, test } from 'vitest';
import { createAskWithDeadline } from '../../src/host/ask-with-deadline.ts';
import { ok, type Result } from '../../src/model/result.ts';
import { fakeClock } from '../helpers/fake-clock.ts';

/** A question that is answered on request, and counts how often it was asked. */
function question() {
  const answers: ((answer: Result<string, string>) => void)[] = [];
  return {
    ask: () => new Promise<Result<string, string>>((resolve) => answers.push(resolve)),
    answer: (value: string) => answers.at(-1)?.(ok(value)),
    times: () => answers.length,
  };
}

test('an answer in time comes through and leaves no timer behind', async () => {
  const clock = fakeClock();
  const ask = createAskWithDeadline(clock, 1000, 1);
  expect(await ask('a', () => Promise.resolve(ok(1)))).toEqual(ok(1));
  expect(clock.pending()).toBe(0);
});

test('the deadline ends the wait, and the key is not asked again until the old question has settled', async () => {
  const clock = fakeClock();
  const ask = createAskWithDeadline(clock, 1000, 2);
  const dead = question();
  const first = ask('dead', dead.ask);
  clock.advance(1000);
  expect(await first).toMatchObject({ ok: false, error: expect.stringContaining('1000 ms') });
  expect(await ask('dead', dead.ask)).toMatchObject({ ok: false, error: expect.stringContaining('still') });
  expect(dead.times()).toBe(1);
  dead.answer('late');
  await Promise.resolve();
  const second = ask('dead', dead.ask);
  expect(dead.times()).toBe(2);
  dead.answer('in time');
  expect(await second).toEqual(ok('in time'));
});

test('a question that hangs does not hold up another', async () => {
  const ask = createAskWithDeadline(fakeClock(), 1000, 2);
  void ask('dead', question().ask);
  expect(await ask('alive', () => Promise.resolve(ok('alive')))).toEqual(ok('alive'));
});

test('no more questions are open than allowed; the next is asked as soon as one is answered', async () => {
  const ask = createAskWithDeadline(fakeClock(), 1000, 1);
  const [first, second] = [question(), question()];
  const answers = [ask('first', first.ask), ask('second', second.ask)];
  expect(second.times()).toBe(0);
  first.answer('one');
  expect(await answers[0]).toEqual(ok('one'));
  expect(second.times()).toBe(1);
  second.answer('two');
  expect(await answers[1]).toEqual(ok('two'));
});

test('a question whose turn does not come fails at its deadline without being asked, and may be asked later', async () => {
  const clock = fakeClock();
  const ask = createAskWithDeadline(clock, 1000, 1);
  const [dead, alive] = [question(), question()];
  void ask('dead', dead.ask);
  const waited = ask('alive', alive.ask);
  clock.advance(1000);
  expect(await waited).toMatchObject({ ok: false, error: expect.stringContaining('could not be asked') });
  dead.answer('late');
  await Promise.resolve();
  expect(alive.times()).toBe(0);
  const again = ask('alive', alive.ask);
  alive.answer('yes');
  expect(await again).toEqual(ok('yes'));
});

import { expect, onTestFinished, test } from 'vitest';
import { createDelivery } from '../../src/agent/delivery.ts';
import { systemEdges } from '../../src/io/edges.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { makeHome, testConfig } from '../helpers/test-daemon.ts';
import { turn } from '../helpers/turns.ts';
import { openIn, samplesOf } from '../store/set-up.ts';

/** A console that never gets a text out; every other host name makes another sink of it. */
function stuck() {
  const home = makeHome();
  const { store, clock, close } = openIn(tempDir(), { sinks: ['console'] });
  const texts: string[] = [];
  const named = (hostname: string) => testConfig(home, { hostname });
  const delivery = createDelivery(
    named('a'),
    { ...systemEdges(), clock },
    () => {},
    (text) => {
      texts.push(text);
      return new Promise<void>(() => {});
    },
  );
  onTestFinished(async () => {
    await delivery.close();
    close();
  });
  store.append(samplesOf([1]));
  clock.advance(100);
  delivery.begin(store);
  return { delivery, texts, changeTo: (hostname: string) => delivery.apply(named(hostname)) };
}

test('of sinks that replace each other faster than a delivery ends, the last one alone delivers, and not before that delivery is over', async () => {
  const { texts, changeTo } = stuck();
  expect(texts).toHaveLength(1);
  changeTo('b');
  changeTo('c');
  expect(texts).toHaveLength(1);
  while (texts.length === 1) await turn();
  for (let turns = 0; turns < 5; turns += 1) await turn();
  expect(texts).toHaveLength(2);
});

test('what waits for a sink that was replaced right before a stop is delivered within the grace all the same', async () => {
  const { delivery, texts, changeTo } = stuck();
  changeTo('b');
  let isDrained = false;
  void delivery.drained().then(() => {
    isDrained = true;
  });
  while (texts.length === 1) await turn();
  await turn();
  expect(isDrained).toBe(false); // it waits for the second text to be out
});

import { expect, test } from 'vitest';
import { metricName, unixSeconds } from '../../src/model/sample.ts';
import { createConsoleSink } from '../../src/sinks/console.ts';

const sample = { metric: metricName('host.a.big'), value: 1e21, atS: unixSeconds(1_700_000_000) };

test('a sample is printed as name, value in digits and time', async () => {
  const printed: string[] = [];
  const sink = createConsoleSink({ write: async (text) => void printed.push(text) });
  await sink.deliver([sample]);
  expect(printed).toEqual(['host.a.big 1000000000000000000000 1700000000\n']);
});

test('a batch is accepted only when its text is out', async () => {
  let flush: () => void = () => {};
  let isAccepted = false;
  const sink = createConsoleSink({ write: () => new Promise((resolve) => (flush = resolve)) });
  const delivery = sink.deliver([sample]).then((settled) => {
    isAccepted = true;
    return settled;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(isAccepted).toBe(false);
  flush();
  expect(await delivery).toEqual({ kind: 'accepted', confirmed: true });
});

test('a reader that went away is named in the trouble', async () => {
  const broken = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
  const sink = createConsoleSink({ write: () => Promise.reject(broken) });
  expect(await sink.deliver([sample])).toEqual({
    kind: 'returned',
    trouble: { kind: 'lost', commands: [], sentence: "samples can't be printed on the console (EPIPE)" },
    mayHaveArrived: true,
  });
});

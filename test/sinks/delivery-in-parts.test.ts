import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { metricName, type Sample } from '../../src/model/sample.ts';
import type { DeliveryResult } from '../../src/model/sink.ts';
import { createDeliveryInParts } from '../../src/sinks/delivery-in-parts.ts';
import type { HttpVerdict } from '../../src/sinks/http-answer.ts';
import { someSamples } from './set-up.ts';

const accepted: DeliveryResult = { kind: 'accepted', confirmed: true };
const busy: DeliveryResult = {
  kind: 'returned',
  trouble: { kind: 'busy', commands: [], sentence: 'wait', retryAfterMs: null },
  mayHaveArrived: false,
};
const tooLarge: HttpVerdict = { kind: 'too-large', detail: 'it answered 413' };

/** What a server says to a request with these values. There is at least one. */
type Server = (values: readonly number[]) => HttpVerdict;

/**
 * Delivers to a server, whose samples are known by their values: `arrived` has those that it
 * accepted, `requests` all that it was sent. Another may take its place.
 */
function deliverTo(server: Server) {
  const arrived: number[] = [];
  const requests: (readonly number[])[] = [];
  const answering = { server };
  async function send(part: readonly Sample[]): Promise<HttpVerdict> {
    const values = part.map(({ value }) => value);
    requests.push(values);
    const verdict = answering.server(values);
    if (verdict.kind === 'accepted') arrived.push(...values);
    return verdict;
  }
  return Object.assign(answering, { arrived, requests, deliver: createDeliveryInParts(send, 'url in [sink:x]') });
}

/** A server that accepts `most` samples at a time. */
function takes(most: number): Server {
  return (values) => (values.length > most ? tooLarge : accepted);
}

/** From 0 to below `end`. */
function upTo(end: number): readonly number[] {
  return Array.from({ length: end }, (_, index) => index);
}

describe('a batch', () => {
  test('that fits is one request', async () => {
    const { deliver, requests } = deliverTo(takes(5000));
    expect(await deliver(someSamples(5000))).toEqual(accepted);
    expect(requests.length).toBe(1);
  });

  test('that is too large goes in order, in requests of the size that fits; the next batch has this size from the start', async () => {
    const { deliver, requests, arrived } = deliverTo(takes(3));
    expect(await deliver(someSamples(10))).toEqual(accepted);
    expect(requests.map(({ length }) => length)).toEqual([10, 5, 3, 3, 3, 1]);
    expect(arrived).toEqual(upTo(10));
    requests.splice(0);
    expect(await deliver(someSamples(7, 10))).toEqual(accepted);
    expect(requests).toEqual([[10, 11, 12], [13, 14, 15], [16]]);
  });

  test('goes in larger requests again once the server accepts more', async () => {
    const made = deliverTo(takes(10));
    await made.deliver(someSamples(5000));
    made.server = takes(5000);
    await made.deliver(someSamples(5000, 5000));
    made.requests.splice(0);
    await made.deliver(someSamples(5000, 10_000));
    expect(made.requests.length).toBeLessThan(4);
  });

  test('costs a server with a fixed limit few requests that are in vain, however many batches there are', async () => {
    const { deliver, requests } = deliverTo(takes(1000));
    for (let index = 0; index < 100; index += 1) await deliver(someSamples(5000, index * 5000));
    const inVain = requests.filter(({ length }) => length > 1000).length;
    expect(inVain).toBeLessThan(requests.length / 40);
  });

  test('with a part that is refused for good loses that part; the detail is what the server said first', async () => {
    const { deliver, arrived } = deliverTo((values) => {
      if (values.length > 2) return tooLarge;
      return values.includes(2) || values.includes(4)
        ? { kind: 'dropped', samples: values.length, detail: `no to ${values}` }
        : accepted;
    });
    expect(await deliver(someSamples(6))).toEqual({ kind: 'dropped', samples: 4, detail: 'no to 2,3' });
    expect(arrived).toEqual([0, 1]);
  });
});

describe('a batch with a part that came back', () => {
  test('continues with that part when it is delivered again, and only then', async () => {
    const made = deliverTo((values) => (values.length > 3 ? tooLarge : values.includes(6) ? busy : accepted));
    expect(await made.deliver(someSamples(10))).toEqual(busy);
    made.server = takes(3);
    made.requests.splice(0);
    expect(await made.deliver(someSamples(10))).toEqual(accepted);
    expect(made.requests).toEqual([[6, 7, 8], [9]]);
    made.requests.splice(0);
    expect(await made.deliver(someSamples(10))).toEqual(accepted);
    expect(made.requests.flat()).toEqual(upTo(10));
  });

  test('counts what was dropped before', async () => {
    const made = deliverTo((values) => {
      if (values.length > 2) return tooLarge;
      return values.includes(0) ? { kind: 'dropped', samples: 1, detail: 'no' } : busy;
    });
    expect(await made.deliver(someSamples(4))).toEqual(busy);
    made.server = takes(2);
    expect(await made.deliver(someSamples(4))).toEqual({ kind: 'dropped', samples: 1, detail: 'no' });
  });

  test.each([
    ['another number of samples', someSamples(3)],
    ['another first sample', [...someSamples(1, 7), ...someSamples(3, 1)]],
    ['another last sample', [...someSamples(3), ...someSamples(1, 7)]],
  ])('leaves nothing out of one with %s', async (_what, other) => {
    const made = deliverTo((values) => (values.length > 2 ? tooLarge : values.includes(2) ? busy : accepted));
    await made.deliver(someSamples(4));
    expect(made.arrived).toEqual([0, 1]);
    made.server = takes(2);
    made.arrived.splice(0);
    expect(await made.deliver(other)).toEqual(accepted);
    expect(made.arrived).toEqual(other.map(({ value }) => value));
  });

  test('reaches a server that accepts little at a time and asks the agent to wait after each request', async () => {
    let taken = 0;
    const { deliver, arrived } = deliverTo((values) => {
      if (values.length > 1000) return tooLarge;
      taken += 1;
      return taken % 2 === 1 ? accepted : busy;
    });
    let deliveries = 1;
    while ((await deliver(someSamples(5000))).kind === 'returned' && deliveries < 100) deliveries += 1;
    expect(deliveries).toBeLessThan(10);
    expect(arrived).toEqual(upTo(5000));
  });
});

describe('a sample that is too large alone', () => {
  /** A server that refuses a request with one of these values as too large. */
  const takesAllBut =
    (...large: readonly number[]): Server =>
    (values) =>
      values.some((value) => large.includes(value)) ? tooLarge : accepted;

  test('is dropped, and no other, with few requests', async () => {
    const { deliver, arrived, requests } = deliverTo(takesAllBut(7013));
    await deliver(someSamples(5000));
    expect(await deliver(someSamples(5000, 5000))).toEqual({
      kind: 'dropped',
      samples: 1,
      detail: 'it answered 413: a single sample is too large for it',
    });
    expect(arrived).toEqual(upTo(10_000).filter((value) => value !== 7013));
    expect(requests.length).toBeLessThan(60);
  });

  test('is kept where the server has yet to take anything, and the address is to be corrected', async () => {
    const { deliver } = deliverTo(takes(0));
    expect(await deliver(someSamples(1))).toEqual({
      kind: 'returned',
      trouble: {
        kind: 'refused',
        commands: [],
        sentence:
          "it answered 413: even a single sample is too large for it; correct url in [sink:x], or raise the server's limit",
      },
      mayHaveArrived: false,
    });
  });

  test.each([
    ['has never taken anything', 0, 0, 20],
    ['takes nothing any more', 1, 10, 200],
  ])(
    'again and again, of a server that %s, loses no backlog, nor is it asked thousands of times',
    async (_what, before, lost, most) => {
      const made = deliverTo(takes(5000));
      for (let index = 0; index < before; index += 1) await made.deliver(someSamples(5000));
      made.server = takes(0);
      made.requests.splice(0);
      const refused = { kind: 'returned', trouble: { kind: 'refused' } };
      expect(await made.deliver(someSamples(5000, 5000))).toMatchObject(refused);
      expect(made.requests.length).toBeLessThan(most);
      for (let index = 0; index < 10; index += 1)
        expect(await made.deliver(someSamples(5000, 5000))).toMatchObject(refused);
      expect(made.requests.length).toBeLessThan(most + 11);

      made.server = takes(5000);
      made.arrived.splice(0);
      made.requests.splice(0);
      await made.deliver(someSamples(5000, 5000));
      expect(made.arrived).toEqual(upTo(10_000).slice(5000 + lost));
      expect(made.requests.length).toBeLessThan(30);
    },
  );
});

describe('a batch with samples because of which the server refuses whole requests', () => {
  const refused = (areAtFault: boolean): HttpVerdict => ({ kind: 'refused-samples', areAtFault, detail: 'too late' });
  const lacksAll = { kind: 'returned', trouble: { kind: 'refused' } };

  /** A server that takes back a request with one of these values. */
  const takesBack =
    (late: ReadonlySet<number>, areAtFault = true): Server =>
    (values) =>
      values.some((value) => late.has(value)) ? refused(areAtFault) : accepted;
  const every = (step: number) => upTo(5000).filter((value) => value % step === 0);

  test.each([
    ['the first', [0], 40],
    ['the last', [4999], 40],
    ['one', [3127], 40],
    ['two', [1234, 4321], 60],
    ['two neighbours', [2499, 2500], 60],
    ['500 in a row', upTo(500).map((value) => value + 2100), 1200],
    ['the last 500', upTo(500).map((value) => value + 4500), 1200],
  ])('loses %s of 5,000, and no other, in few requests', async (_what, late, most) => {
    const { deliver, arrived, requests } = deliverTo(takesBack(new Set(late)));
    const expected = { kind: 'dropped', samples: late.length, detail: 'too late' };
    expect(await deliver(someSamples(5000))).toEqual(expected);
    expect(arrived).toEqual(upTo(5000).filter((value) => !late.includes(value)));
    expect(requests.length).toBeLessThanOrEqual(most);
  });

  test('loses all samples of one metric among ten, in few requests', async () => {
    const { deliver, requests } = deliverTo(takesBack(new Set(every(10))));
    const samples = someSamples(5000).map((sample, index) => ({
      ...sample,
      metric: metricName(`host.m${index % 10}`),
    }));
    expect(await deliver(samples)).toMatchObject({ kind: 'dropped', samples: 500 });
    expect(requests.length).toBeLessThanOrEqual(1200);
  });

  test('loses the first sample of each metric, and no later one, in few requests', async () => {
    const { deliver, requests } = deliverTo(takesBack(new Set(upTo(500))));
    const samples = someSamples(5000).map((sample, index) => ({
      ...sample,
      metric: metricName(`host.m${index % 500}`),
    }));
    expect(await deliver(samples)).toMatchObject({ kind: 'dropped', samples: 500 });
    expect(requests.length).toBeLessThanOrEqual(1200);
  });

  test('continues after a wait where it took many requests, and loses no other sample', async () => {
    const { deliver, arrived, requests } = deliverTo(takesBack(new Set(every(3))));
    const sentence = /^too late; 1200 requests were made to find what it refuses, and \d+ samples are left$/;
    let delivery = await deliver(someSamples(5000));
    expect(delivery).toMatchObject({ kind: 'returned', trouble: { kind: 'busy', retryAfterMs: null } });
    expect(delivery.kind === 'returned' && delivery.trouble.sentence).toMatch(sentence);
    expect(requests.length).toBeLessThan(1210);
    while (delivery.kind === 'returned') delivery = await deliver(someSamples(5000));
    expect(delivery).toMatchObject({ kind: 'dropped', samples: every(3).length });
    expect(arrived).toEqual(upTo(5000).filter((value) => value % 3 !== 0));
  });

  test('is divided further where parts of it are too large as well', async () => {
    const { deliver, arrived } = deliverTo((values) =>
      values.length > 7 ? tooLarge : takesBack(new Set([33]))(values),
    );
    expect(await deliver(someSamples(100))).toMatchObject({ kind: 'dropped', samples: 1 });
    expect(arrived).toEqual(upTo(100).filter((value) => value !== 33));
  });

  test('loses nothing where the server accepts everything the second time', async () => {
    const made = deliverTo((values) => (values.length === 5000 ? refused(true) : accepted));
    expect(await made.deliver(someSamples(5000))).toEqual(accepted);
    expect(made.arrived).toEqual(upTo(5000));
  });

  test('that was sent before without an answer: what is refused then has arrived, and does not count as lost', async () => {
    const lost: HttpVerdict = {
      ...busy,
      trouble: { kind: 'lost', sentence: 'silent', commands: [] },
      mayHaveArrived: true,
    };
    const made = deliverTo(() => lost);
    expect(await made.deliver(someSamples(50))).toEqual(lost);
    made.server = takesBack(new Set([3, 4, 49]));
    expect(await made.deliver(someSamples(50))).toEqual(accepted);
    expect(await made.deliver(someSamples(50))).toMatchObject({ kind: 'dropped', samples: 3 });
  });

  test('does not count as lost what a server refuses that stores the others, if it was sent before without an answer', async () => {
    const lost: HttpVerdict = { ...busy, mayHaveArrived: true };
    const made = deliverTo(() => lost);
    expect(await made.deliver(someSamples(50))).toEqual(lost);
    made.server = () => ({ kind: 'stored-others', samples: 2, detail: 'too late' });
    expect(await made.deliver(someSamples(50))).toEqual(accepted);
    expect(await made.deliver(someSamples(50))).toEqual({ kind: 'dropped', samples: 2, detail: 'too late' });
    expect(made.requests.length).toBe(3);
  });

  test.each([
    ['nothing yet', 0, 20],
    ['nothing any more', 10, 40],
  ])('where the server accepts %s and does not say why, is kept after few requests', async (_what, lost, most) => {
    const made = deliverTo(() => accepted);
    if (lost > 0) await made.deliver(someSamples(1));
    made.server = () => refused(false);
    made.requests.splice(0);
    expect(await made.deliver(someSamples(5000, 5000))).toMatchObject(lacksAll);
    expect(made.requests.length).toBeLessThan(most);
    made.server = () => accepted;
    made.arrived.splice(0);
    await made.deliver(someSamples(5000, 5000));
    expect(made.arrived).toEqual(upTo(10_000).slice(5000 + lost));
  });

  test('with one that is refused without a reason loses that one alone', async () => {
    const { deliver } = deliverTo(takesBack(new Set([3127]), false));
    expect(await deliver(someSamples(5000))).toEqual({ kind: 'dropped', samples: 1, detail: 'too late' });
  });

  test('says what to correct where even a single one is refused without a reason', async () => {
    const { deliver } = deliverTo(() => refused(false));
    const sentence = 'too late: even a single sample is refused; correct url in [sink:x]';
    expect(await deliver(someSamples(2))).toMatchObject({ trouble: { kind: 'refused', sentence } });
  });

  test('loses exactly the refused ones, whichever they are and whatever their metrics', async () => {
    const anyBatch = fc.array(fc.record({ isLate: fc.boolean(), metric: fc.nat(5) }), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(anyBatch, async (batch) => {
        const late = new Set(batch.flatMap(({ isLate }, index) => (isLate ? [index] : [])));
        const { deliver, arrived, requests } = deliverTo(takesBack(late));
        const metric = (index: number) => metricName(`host.m${batch[index]?.metric}`);
        const samples = someSamples(batch.length).map((sample, index) => ({ ...sample, metric: metric(index) }));
        const delivery = await deliver(samples);
        expect(delivery.kind === 'dropped' ? delivery.samples : 0).toBe(late.size);
        expect(arrived).toEqual(upTo(batch.length).filter((index) => !late.has(index)));
        expect(requests.length).toBeLessThanOrEqual(2 * batch.length + 14);
      }),
    );
  });
});

test('whatever the server, each sample arrives once or is counted as dropped, and comes back no more', async () => {
  const verdicts = fc.array(
    fc.constantFrom<'take' | 'return' | 'drop' | 'drop one' | 'too large'>(
      'take',
      'return',
      'drop',
      'drop one',
      'too large',
    ),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 4 }),
      verdicts,
      async (counts, said) => {
        let answered = 0;
        let arrived = 0;
        let dropped = 0;
        const made = deliverTo((values) => {
          const verdict = said[answered] ?? 'take';
          answered += 1;
          if (verdict === 'return') return busy;
          if (verdict === 'too large') return tooLarge;
          const lost = verdict === 'take' ? 0 : verdict === 'drop' ? values.length : 1;
          arrived += values.length - lost;
          return lost === 0 ? accepted : { kind: 'dropped', samples: lost, detail: 'no' };
        });
        for (const [index, count] of counts.entries()) {
          let delivery: DeliveryResult = busy;
          while (delivery.kind === 'returned') delivery = await made.deliver(someSamples(count, index * 100));
          if (delivery.kind === 'dropped') dropped += delivery.samples;
        }
        expect(arrived + dropped).toBe(counts.reduce((sum, count) => sum + count, 0));
      },
    ),
  );
});

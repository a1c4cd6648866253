import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Sample } from '../../src/model/sample.ts';
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

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Sink } from '../../src/model/sink.ts';
import { createConsoleSink } from '../../src/sinks/console.ts';
import { fakeCarbon } from '../helpers/fake-carbon.ts';
import { fakeCollector } from '../helpers/fake-collector.ts';
import { type FakeRequest, fakeHttpServer } from '../helpers/fake-http-server.ts';
import { parseLineProtocol } from '../helpers/line-protocol.ts';
import { parseOtlpRequest } from '../helpers/otlp-request.ts';
import { parseRemoteWrite } from '../helpers/remote-write-request.ts';
import { graphiteSink, influxSink, instrumentalSink, otlpSink, prometheusSink, someSamples } from './set-up.ts';

/** What the contract needs: a sink, and control over its server. */
type Subject = {
  readonly sink: Sink;
  /** Every sample that arrived, as `NAME VALUE TIME`. */
  arrived(): readonly string[];
  /** `breakDown` makes deliveries fail; `repair` makes them work again. */
  breakDown(): void;
  repair(): void;
  /** Makes deliveries hang; resolves when one does. */
  hang(): Promise<void>;
  close(): Promise<void>;
};

const subjects: Readonly<Record<string, () => Promise<Subject>>> = {
  console: async () => {
    let mode: 'works' | 'fails' | 'hangs' = 'works';
    let printed = '';
    let hung: () => void = () => {};
    const write = async (text: string): Promise<void> => {
      if (mode === 'fails') throw new Error('EPIPE');
      if (mode === 'hangs') {
        hung();
        return new Promise(() => {});
      }
      printed += text;
    };
    return {
      sink: createConsoleSink({ write }),
      arrived: () => printed.split('\n').slice(0, -1),
      breakDown: () => {
        mode = 'fails';
      },
      repair: () => {
        mode = 'works';
      },
      hang: () => {
        mode = 'hangs';
        return new Promise((resolve) => {
          hung = resolve;
        });
      },
      close: async () => {},
    };
  },
  instrumental: async () => {
    const collector = await fakeCollector();
    return {
      sink: instrumentalSink({ port: collector.port }).sink,
      arrived: () => collector.batches.flat().map((line) => line.replace(/^gauge (.*) 1$/, '$1')),
      breakDown: () => collector.setMode({ resetAfter: 1 }),
      repair: () => collector.setMode({ resetAfter: null }),
      hang: () => {
        collector.setMode({ stall: 'authenticate' });
        return collector.until(() => collector.connections.some((connection) => connection.key !== null));
      },
      close: collector.close,
    };
  },
  graphite: async () => {
    const carbon = await fakeCarbon();
    return {
      sink: graphiteSink({ port: carbon.port }).sink,
      arrived: () => carbon.batches.flat(),
      breakDown: () => carbon.setMode({ resetAfter: 1 }),
      repair: () => carbon.setMode({ resetAfter: null, isDeaf: false }),
      hang: () => {
        carbon.setMode({ isDeaf: true });
        return carbon.until(() => carbon.connections() > 0);
      },
      close: carbon.close,
    };
  },
  influx: () =>
    overHttp(influxSink, ({ body }) =>
      parseLineProtocol(body).map(
        ({ measurement, tags, value, atS }) => `${tags['host']}.${measurement} ${value} ${atS}`,
      ),
    ),
  otlp: () =>
    overHttp(otlpSink, ({ body }) => {
      const { resource, gauges } = parseOtlpRequest(body);
      return gauges.map(
        ({ name, value, atNs }) => `${resource['host.name']}.${name} ${value} ${atNs / 1_000_000_000n}`,
      );
    }),
  prometheus: () =>
    overHttp(prometheusSink, ({ bytes, headers }) =>
      parseRemoteWrite(bytes, headers['content-type']).flatMap(({ labels, samples }) =>
        samples.map(({ value, atMs }) => `${new Map(labels).get('metric')} ${value} ${atMs / 1000}`),
      ),
    ),
};

async function overHttp(
  sinkFor: (url: string) => { readonly sink: Sink },
  samplesIn: (request: FakeRequest) => readonly string[],
): Promise<Subject> {
  const server = await fakeHttpServer();
  return {
    sink: sinkFor(server.url).sink,
    arrived: () => server.accepted.flatMap(samplesIn),
    breakDown: () => server.reply('reset'),
    repair: () => server.reply({ status: 204 }),
    hang: () => {
      server.reply('never');
      return server.until(({ requests }) => requests.length > 0);
    },
    close: server.close,
  };
}

function lines(count: number, first = 0): readonly string[] {
  return someSamples(count, first).map((sample) => `${sample.metric} ${sample.value} ${sample.atS}`);
}

describe.each(Object.entries(subjects))('the %s sink', (name, create) => {
  let subject: Subject;
  beforeEach(async () => {
    subject = await create();
  });
  afterEach(async () => {
    subject.sink.close();
    await subject.close();
  });

  test('has a name of its own', () => expect(subject.sink.name).toBe(name));

  test('says accepted and confirmed when the whole batch has arrived, in order, with its times', async () => {
    expect(await subject.sink.deliver(someSamples(5000))).toEqual({ kind: 'accepted', confirmed: true });
    expect(subject.arrived()).toEqual(lines(5000));
  });

  test('delivers batches one after the other', async () => {
    await subject.sink.deliver(someSamples(3));
    await subject.sink.deliver(someSamples(2, 3));
    expect(subject.arrived()).toEqual(lines(5));
  });

  test('accepts an empty batch and sends nothing', async () => {
    expect(await subject.sink.deliver([])).toEqual({ kind: 'accepted', confirmed: true });
    expect(subject.arrived()).toEqual([]);
  });

  test('gives a batch back with a sentence when it can not be delivered, and delivers it when it can', async () => {
    subject.breakDown();
    const delivery = await subject.sink.deliver(someSamples(3));
    expect(delivery).toMatchObject({
      kind: 'returned',
      trouble: { kind: 'lost', commands: [], sentence: expect.stringMatching(/\w+ \w+ \w+/) },
    });
    subject.repair();
    expect(await subject.sink.deliver(someSamples(3))).toMatchObject({ kind: 'accepted' });
    expect(subject.arrived()).toEqual(lines(3));
  });

  test('gives back the batch under way when it is closed, and every later one', async () => {
    const hangs = subject.hang();
    const underWay = subject.sink.deliver(someSamples(3));
    await hangs;
    subject.sink.close();
    expect(await underWay).toMatchObject({ kind: 'returned', trouble: { kind: 'lost' } });
    subject.repair();
    expect(await subject.sink.deliver(someSamples(3))).toMatchObject({ kind: 'returned', trouble: { kind: 'lost' } });
    expect(subject.arrived()).toEqual([]);
  });

  test('closes twice as well as once', async () => {
    subject.sink.close();
    expect(() => subject.sink.close()).not.toThrow();
  });
});

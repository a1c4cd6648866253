import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HttpAnswer } from '../../../src/io/net/http-post.ts';
import { atOnce } from '../../../src/io/walk.ts';
import { metricName, type Sample, unixSeconds } from '../../../src/model/sample.ts';
import {
  judgeRemoteWriteAnswer,
  speaksV2,
  versionHeaders,
  writeRequest,
  writeRequestV2,
} from '../../../src/sinks/prometheus/protocol.ts';
import { remoteSeriesWalk } from '../../../src/sinks/prometheus/series.ts';
import { Snappy } from '../../../src/sinks/prometheus/snappy.ts';
import { anySeries } from '../../helpers/any-series.ts';
import { parseRemoteWrite, type ReadSeries } from '../../helpers/remote-write-request.ts';

const versions = ['1.0', '2.0'] as const;
const snappy = new Snappy();

function read(samples: readonly Sample[], version: (typeof versions)[number]): readonly ReadSeries[] {
  const series = atOnce(remoteSeriesWalk(samples, 'web-1'));
  const body = snappy.compress(version === '1.0' ? writeRequest(series) : writeRequestV2(series));
  return parseRemoteWrite(body, versionHeaders[version]['content-type']);
}

function sample(metric: string, value: number, atS: number, series?: Sample['series']): Sample {
  return { metric: metricName(metric), value, atS: unixSeconds(atS), ...(series && { series }) };
}

const disk = { family: 'disk_read', kind: 'counter', unit: 'bytes', labels: [['device', 'sda']] } as const;

describe.each(versions)('a request of version %s', (version) => {
  const [gauge, counter] =
    version === '1.0'
      ? [
          { type: null, unit: null },
          { type: null, unit: null },
        ]
      : [
          { type: 'METRIC_TYPE_GAUGE', unit: '' },
          { type: 'METRIC_TYPE_COUNTER', unit: 'bytes' },
        ];

  test('has the samples of one series together, in order of time; the first of a time comes first', () => {
    const samples = [
      sample('web-1.a.b-c', 3, 30),
      sample('other.x', 1, 10),
      sample('web-1.d', 7, 40, disk),
      sample('web-1.a.b-c', 1, 10),
      sample('web-1.a.b-c', 2, 10),
      sample('web-1.e', -0.5, 41, disk),
    ];
    expect(read(samples, version)).toEqual([
      {
        labels: [
          ['__name__', 'a_b_c'],
          ['host', 'web-1'],
          ['metric', 'web-1.a.b-c'],
        ],
        samples: [
          { value: 1, atMs: 10_000 },
          { value: 2, atMs: 10_000 },
          { value: 3, atMs: 30_000 },
        ],
        ...gauge,
      },
      {
        labels: [
          ['__name__', 'other_x'],
          ['metric', 'other.x'],
        ],
        samples: [{ value: 1, atMs: 10_000 }],
        ...gauge,
      },
      {
        labels: [
          ['__name__', 'disk_read'],
          ['device', 'sda'],
          ['host', 'web-1'],
        ],
        samples: [
          { value: 7, atMs: 40_000 },
          { value: -0.5, atMs: 41_000 },
        ],
        ...counter,
      },
    ]);
  });

  test('without a sample is one that a server accepts', () => expect(read([], version)).toEqual([]));

  test('has every sample once, whatever its value, name and labels, and only valid series', () => {
    const anySample = fc.record(
      {
        metric: fc.stringMatching(/^[A-Za-z0-9_-]{1,9}(\.[A-Za-z0-9_-]{1,9}){0,3}$/).map(metricName),
        value: fc.double({ noNaN: true, noDefaultInfinity: true }),
        atS: fc.nat(4e9).map(unixSeconds),
        series: anySeries,
      },
      { requiredKeys: ['metric', 'value', 'atS'], noNullPrototype: true },
    );
    fc.assert(
      fc.property(fc.array(anySample, { maxLength: 30 }), (samples) => {
        const all = read(samples, version);
        const sent = all.flatMap((series) => series.samples.map(({ value, atMs }) => `${value} ${atMs}`));
        expect(sent.sort()).toEqual(samples.map(({ value, atS }) => `${value} ${atS * 1000}`).sort());
        expect(new Set(all.map(({ labels }) => JSON.stringify(labels))).size).toBe(all.length);
        for (const { labels, samples: ofOne } of all) {
          const names = labels.map(([name]) => name);
          expect(names).toEqual([...new Set(names)].sort());
          for (const [name, value] of labels) {
            expect(name === '__name__' ? value : name).toMatch(/^[a-zA-Z_:][a-zA-Z0-9_:]*$/);
            expect(value).not.toMatch(/^$|\p{Surrogate}/u);
          }
          const times = ofOne.map(({ atMs }) => atMs);
          expect(times).toEqual(times.toSorted((a, b) => a - b));
        }
      }),
    );
  });
});

test('labels that are the same in Prometheus are one series, though they differ in halves of characters', () => {
  const half = (text: string) => ({ ...disk, labels: [['device', text]] as const });
  const samples = [sample('web-1.a', 1, 1, half('\ud800')), sample('web-1.b', 2, 2, half('\udfff'))];
  expect(read(samples, '1.0')).toMatchObject([{ samples: [{ value: 1 }, { value: 2 }] }]);
});

test('a large batch is gathered in small steps', () => {
  const many = Array.from({ length: 5000 }, (_, index) => sample(`web-1.a${index}`, index, 1));
  expect([...remoteSeriesWalk(many, 'web-1')]).toHaveLength(20);
});

const peer = { url: 'http://p/api/v1/write', keys: 'url', login: null, secrets: ['s3cret'] };

function answer(status: number, text = '', samplesWritten: string | null = null): HttpAnswer {
  return { status, text, samplesWritten, retryAfter: null, date: null, location: null, isWhole: true };
}

describe('an answer', () => {
  test.each([
    [204, '', null, 'accepted'],
    [200, '', '100', 'accepted'],
    [400, 'out of order sample\n', null, 'refused-samples'],
    [400, 'duplicate sample for timestamp', null, 'refused-samples'],
    [400, 'out of bounds', '0', 'refused-samples'],
    [500, 'too old sample', null, 'refused-samples'],
    [400, 'what is this', null, 'refused-samples'],
    [422, 'what is this', null, 'refused-samples'],
    [500, 'disk full', null, 'returned'],
    [503, '', null, 'returned'],
    [429, '', null, 'returned'],
    [401, '', null, 'returned'],
    [404, '404 page not found', null, 'returned'],
    [413, '', null, 'too-large'],
  ])('%d (%j, written %j) to 100 samples means %s', (status, text, written, kind) =>
    expect(judgeRemoteWriteAnswer(answer(status, text, written), peer, 100, 0).kind).toBe(kind),
  );

  test.each([
    ['out of order sample', true],
    ['snappy: corrupt input', false],
  ])('that refuses with %j says whether the samples are at fault: %j', (text, areAtFault) =>
    expect(judgeRemoteWriteAnswer(answer(400, `${text} of s3cret`), peer, 100, 0)).toEqual({
      kind: 'refused-samples',
      areAtFault,
      detail: `http://p/api/v1/write answered 400 ("${text} of ***")`,
    }),
  );

  test.each([
    [400, 'out of order sample', '97', 3, ''],
    [400, 'what is this', '100', 1, ''],
    [409, 'store locally for endpoint: conflict', null, 1, ': at least 1 dropped'],
    [400, 'failed pushing to ingester: user=t: err-mimir-sample-out-of-order', null, 1, ': at least 1 dropped'],
    [400, 'user=7: err: out of order sample. timestamp=1', null, 1, ': at least 1 dropped'],
  ])('%d (%j, written %j) of a server that stored the others refuses %d', (status, text, written, samples, more) =>
    expect(judgeRemoteWriteAnswer(answer(status, text, written), peer, 100, 0)).toEqual({
      kind: 'stored-others',
      samples,
      detail: `http://p/api/v1/write answered ${status} ("${text}")${more}`,
    }),
  );

  test.each([
    [409, 'store locally for endpoint: conflict'],
    [400, 'failed pushing to ingester: user=t: err-mimir-sample-out-of-order'],
  ])('%d (%j) to a single sample says that it is at fault', (status, text) =>
    expect(judgeRemoteWriteAnswer(answer(status, text), peer, 1, 0)).toMatchObject({
      kind: 'refused-samples',
      areAtFault: true,
    }),
  );
});

test.each([
  ['a success that counts samples', answer(204, '', '0'), false, true],
  ['a success that counts none', answer(204), true, false],
  ['415', answer(415), true, false],
  ['400 at first', answer(400), false, false],
  ['400 later', answer(400), true, true],
  ['400 that counts samples', answer(400, '', '5'), false, true],
  ['503', answer(503), false, true],
])('version 2.0 is spoken, by %s', (_what, given, isKnown, speaks) => expect(speaksV2(given, isKnown)).toBe(speaks));

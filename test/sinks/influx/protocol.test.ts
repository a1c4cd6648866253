import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HttpAnswer } from '../../../src/io/net/http-post.ts';
import { metricName, type Sample, unixSeconds } from '../../../src/model/sample.ts';
import type { Series } from '../../../src/model/series.ts';
import { influxLine, judgeInfluxAnswer, writeUrl } from '../../../src/sinks/influx/protocol.ts';
import { anySeries } from '../../helpers/any-series.ts';
import { parseLineProtocol } from '../../helpers/line-protocol.ts';

function sample(metric: string, value = 3): Sample {
  return { metric: metricName(metric), value, atS: unixSeconds(1_700_000_000) };
}

describe('a line', () => {
  test.each([
    ['web-1.mysql.threads', 'web-1', 'mysql.threads,host=web-1 value=3 1700000000'],
    ['web.example.com.load', 'web.example.com', 'load,host=web.example.com value=3 1700000000'],
    ['old-name.mysql.threads', 'web-1', 'old-name.mysql.threads value=3 1700000000'],
    ['web-1.mysql', 'web', 'web-1.mysql value=3 1700000000'],
    ['web-1', 'web-1', 'web-1 value=3 1700000000'],
    ['a b,c=d.e f', 'a b,c=d', 'e\\ f,host=a\\ b\\,c\\=d value=3 1700000000'],
    ['x y,z=1', 'h', 'x\\ y\\,z=1 value=3 1700000000'],
  ])('of %s on the host %s is %s', (metric, hostname, line) => expect(influxLine(sample(metric), hostname)).toBe(line));

  test.each([
    [1e300, /^1\d{300}$/],
    [-1e21, /^-1000000000000000000000$/],
    [5e-324, /^5e-324$/],
    [-0, /^0$/],
    [7, /^7$/], // no letter behind it: a float, where 7i would be an integer
    [0.1, /^0\.1$/],
  ])('writes %d as a float', (value, text) =>
    expect(influxLine(sample('h.a', value), 'h').split(/[= ]/)[3]).toMatch(text),
  );

  test('reads back as the sample it was made of', () => {
    const name = fc.stringMatching(/^[A-Za-z0-9_-]{1,9}(\.[A-Za-z0-9_-]{1,9}){0,3}$/);
    const samples = fc.array(
      fc.record({
        rest: name,
        isOurs: fc.boolean(),
        value: fc.double({ noNaN: true, noDefaultInfinity: true }),
        at: fc.nat(4e9),
      }),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(name, samples, (hostname, drawn) => {
        const sent = drawn.map(({ rest, isOurs, value, at }) => ({
          metric: metricName(isOurs ? `${hostname}.${rest}` : `~${rest}`),
          value,
          atS: unixSeconds(at),
        }));
        const points = parseLineProtocol(sent.map((each) => `${influxLine(each, hostname)}\n`).join(''));
        const read = points.map(({ measurement, tags, field, value, atS }) => {
          expect(field).toBe('value');
          return { metric: tags['host'] === undefined ? measurement : `${tags['host']}.${measurement}`, value, atS };
        });
        expect(read).toEqual(sent.map((each) => ({ ...each, value: each.value + 0 }))); // -0 arrives as 0
      }),
    );
  });
});

describe('a line of a sample with a series', () => {
  const line = (series: Partial<Series>, metric = 'web-1.disk.x', hostname = 'web-1') =>
    influxLine(
      { ...sample(metric), series: { family: null, labels: [], kind: 'gauge', unit: '', ...series } },
      hostname,
    );

  test.each<[string, Partial<Series>, string]>([
    ['its family is the measurement', { family: 'disk_bytes' }, 'disk_bytes,host=web-1 value=3 1700000000'],
    ['without one, that is the name', { unit: 'B' }, 'disk.x,host=web-1 value=3 1700000000'],
    [
      'its labels are tags',
      {
        family: 'd',
        labels: [
          ['device', 'sda'],
          ['mode', 'rw'],
        ],
      },
      'd,device=sda,mode=rw,host=web-1 value=3 1700000000',
    ],
    [
      'a label keeps the name host',
      { family: 'd', labels: [['host', 'db2']] },
      'd,host=db2,agent_host=web-1 value=3 1700000000',
    ],
    [
      'and the name agent_host',
      {
        family: 'd',
        labels: [
          ['agent_host', 'a'],
          ['host', 'b'],
        ],
      },
      'd,agent_host=a,host=b value=3 1700000000',
    ],
    [
      'tags that InfluxDB reserves are renamed',
      {
        family: 'd',
        labels: [
          ['_field', 'a'],
          ['_measurement', 'b'],
          ['time', 'c'],
          ['times', 'd'],
        ],
      },
      'd,_field_=a,_measurement_=b,time_=c,times=d,host=web-1 value=3 1700000000',
    ],
    [
      'what separates is escaped',
      { family: 'a b,c=d', labels: [['k =,', 'v =,"']] },
      String.raw`a\ b\,c=d,k\ \=\,=v\ \=\,",host=web-1 value=3 1700000000`,
    ],
    [
      'a backslash is a slash, a control character an underscore',
      { family: '#a\\', labels: [['C:\\', 'C:\\new\n\\']] },
      '_a/,C:/=C:/new_/,host=web-1 value=3 1700000000',
    ],
  ])('%s', (_what, series, expected) => expect(line(series)).toBe(expected));

  test('whose name is not of this host has no tag for the host', () => {
    const labels = [['a', '1']] as const;
    expect(line({ family: 'f', labels }, 'other.x')).toBe('f,a=1 value=3 1700000000');
    expect(line({ labels }, 'other.x')).toBe('other.x,a=1 value=3 1700000000');
  });

  test('is one line that any reader of the protocol divides alike, whatever is in the series', () => {
    fc.assert(
      fc.property(anySeries, (series) => {
        const written = line(series);
        const [point, ...more] = parseLineProtocol(`${written}\n`);
        const clean = (text: string) => text.replaceAll('\\', '/').replace(/\p{Cc}/gu, '_');
        const names = series.labels.map(([name]) => clean(name));
        expect([more, written.includes('\\\\'), point?.value, point?.atS]).toEqual([[], false, 3, 1_700_000_000]);
        expect(point?.measurement).toBe(clean(series.family ?? 'disk.x').replace(/^#/, '_'));
        expect(Object.keys(point?.tags ?? {})).toHaveLength(new Set([...names, 'host']).size);
      }),
    );
  });
});

describe('the address', () => {
  test('of a database is that of InfluxDB 1', () => {
    expect(writeUrl({ url: 'http://db:8086/base', into: { kind: 'database', database: 'a b&c' } })).toBe(
      'http://db:8086/base/write?db=a+b%26c&precision=s',
    );
  });

  test('of a bucket is that of InfluxDB 2, with the organization where there is one', () => {
    const url = 'https://db';
    expect(writeUrl({ url, into: { kind: 'bucket', bucket: 'hosts', org: 'ex/ample' } })).toBe(
      'https://db/api/v2/write?bucket=hosts&org=ex%2Fample&precision=s',
    );
    expect(writeUrl({ url, into: { kind: 'bucket', bucket: 'hosts', org: null } })).toBe(
      'https://db/api/v2/write?bucket=hosts&precision=s',
    );
  });
});

describe('an answer', () => {
  const peer = { url: 'http://db/write', keys: 'url', login: null, secrets: ['s3cret'] };

  function judge(status: number, text: string, isWhole = true) {
    const answer: HttpAnswer = {
      status,
      text,
      retryAfter: null,
      date: null,
      location: null,
      samplesWritten: null,
      isWhole,
    };
    return judgeInfluxAnswer(answer, peer, 100, 0);
  }

  test.each([
    [400, '{"error":"partial write: points beyond retention policy dropped=24"}', 24],
    [
      400,
      '{"error":"partial write: field type conflict: input field \\"dropped=9\\" on measurement \\"m\\" dropped=2 for database: x"}',
      2,
    ],
    [400, '{"error":"partial write: unable to parse \'m v\': missing field value dropped=0"}', 1],
    [
      422,
      '{"code":"unprocessable entity","message":"failure writing points to database: partial write: bad points dropped=3"}',
      3,
    ],
    [
      500,
      '{"code":"internal error","message":"unexpected error writing points to database: partial write: points beyond retention policy dropped=1"}',
      1,
    ],
    [
      400,
      '{"error":"partial write of line protocol occurred","data":[{"line_number":2,"original_line":"x"},{"line_number":5}]}',
      2,
    ],
    [400, '{"error":"partial write: x dropped=1000"}', 100],
  ])('%d with %s drops what was refused, and no more', (status, text, samples) => {
    expect(judge(status, text)).toEqual({
      kind: 'dropped',
      samples,
      detail: expect.stringMatching(`^http://db/write answered ${status} \\(".*partial write`),
    });
  });

  const listed = (count: number) => {
    const line = (_: unknown, index: number) =>
      `{"original_line":"m value=1","line_number":${index + 1},"error_message":"conflict"}`;
    return `{"error":"partial write of line protocol occurred","data":[${Array.from({ length: count }, line).join(',')}]}`;
  };

  test.each([
    ['that does not count', '{"error":"partial write:\\nunable to parse"}', true, 1],
    ['whose list is cut', listed(60).slice(0, -1), false, 60],
  ])('%s says that more may have been refused', (_what, text, isWhole, samples) => {
    expect(judge(400, text, isWhole)).toEqual({
      kind: 'dropped',
      samples,
      detail: expect.stringMatching(`^http://db/write answered 400 \\(".*"\\): at least ${samples} dropped$`),
    });
  });

  test('that lists a hundred lines may list no more: that is said, unless these are all there were', () => {
    const answer: HttpAnswer = {
      status: 400,
      text: listed(100),
      retryAfter: null,
      date: null,
      location: null,
      samplesWritten: null,
      isWhole: true,
    };
    expect(judgeInfluxAnswer(answer, peer, 101, 0)).toMatchObject({
      samples: 100,
      detail: expect.stringMatching(/: at least 100 dropped$/),
    });
    expect(judgeInfluxAnswer(answer, peer, 100, 0)).toMatchObject({
      samples: 100,
      detail: expect.not.stringContaining('at least'),
    });
    expect(judge(400, listed(99))).toMatchObject({ samples: 99, detail: expect.not.stringContaining('at least') });
  });

  test('that asks for the organization loses nothing', () => {
    expect(judge(400, '{"code":"invalid","message":"Please provide either orgID or org"}')).toEqual({
      kind: 'returned',
      trouble: {
        kind: 'refused',
        commands: [],
        sentence: 'http://db/write answered 400 ("Please provide either orgID or org"); give org = NAME',
      },
      mayHaveArrived: false,
    });
  });

  test.each([
    [204, '', 'accepted'],
    [204, 'no partial write', 'accepted'],
    [400, '{"error":"unable to parse"}', 'dropped'],
    [404, '{"error":"database not found: \\"x\\""}', 'returned'],
    [413, '', 'too-large'],
    [500, '{"error":"timeout"}', 'returned'],
    [500, '{"error":"partial write"}', 'returned'],
    [400, 'unsupported path requested: "/vm/write"', 'returned'],
    [200, '<!doctype html><title>InfluxDB</title>', 'returned'],
  ])('%d with %j is judged as any other server’s: %s', (status, text, kind) =>
    expect(judge(status, text).kind).toBe(kind),
  );
});

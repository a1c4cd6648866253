import { metricName, type Sample, unixSeconds } from '../../../src/model/sample.ts';
import type { OtlpResource } from '../../../src/sinks/otlp/protocol.ts';

/** The resource of the golden requests. */
export const goldenResource: OtlpResource = { hostname: 'web1', serviceName: 'checks', version: '2.0.0' };

const disk = { family: 'node_disk_bytes', kind: 'counter', unit: 'bytes' } as const;

/**
 * A batch with everything that a request can carry: a plain gauge twice, one of another host, one
 * with a unit, -0, a counter with labels that grows and then starts again.
 */
export const goldenSamples: readonly Sample[] = [
  { metric: metricName('web1.mysql.threads'), value: 3, atS: unixSeconds(1_700_000_000) },
  {
    metric: metricName('web1.disk.node_disk_bytes.device.sda'),
    value: 7,
    atS: unixSeconds(1_700_000_000),
    series: { ...disk, labels: [['device', 'sda']] },
  },
  {
    metric: metricName('web1.disk.node_disk_bytes.device.s_d'),
    value: 8.5,
    atS: unixSeconds(1_700_000_000),
    series: {
      ...disk,
      labels: [
        ['device', 'sé\ud800'],
        ['host', 'db "2"'],
      ],
    },
  },
  { metric: metricName('old-name.load'), value: -0, atS: unixSeconds(0) },
  {
    metric: metricName('web1.ping.rta'),
    value: -1e21,
    atS: unixSeconds(1_700_000_000),
    series: { family: null, labels: [], kind: 'gauge', unit: 'ms' },
  },
  { metric: metricName('web1.mysql.threads'), value: 0.25, atS: unixSeconds(1_700_000_060) },
  {
    metric: metricName('web1.disk.node_disk_bytes.device.sda'),
    value: 9,
    atS: unixSeconds(1_700_000_060),
    series: { ...disk, labels: [['device', 'sda']] },
  },
  {
    metric: metricName('web1.disk.node_disk_bytes.device.sda'),
    value: 2,
    atS: unixSeconds(1_700_000_120),
    series: { ...disk, labels: [['device', 'sda']] },
  },
];

import { expect, test } from 'vitest';
import { metricName, type Sample, unixSeconds } from '../../src/model/sample.ts';
import { createConsoleSink } from '../../src/sinks/console.ts';
import { plaintextLine } from '../../src/sinks/graphite/protocol.ts';
import { gaugeLine } from '../../src/sinks/instrumental/protocol.ts';

const native: Sample = { metric: metricName('web1.p.disk.device.sda'), value: 7, atS: unixSeconds(1_700_000_000) };
const described: Sample = {
  ...native,
  series: { family: 'disk', labels: [['device', 'sda']], kind: 'counter', unit: 'B' },
};

async function printed(sample: Sample): Promise<string> {
  let text = '';
  const sink = createConsoleSink({
    async write(more) {
      text += more;
    },
  });
  await sink.deliver([sample]);
  return text;
}

test('Instrumental, Graphite and the console get the dotted name, whether a sample has a series or not', async () => {
  for (const sample of [native, described]) {
    expect(gaugeLine(sample)).toBe('gauge web1.p.disk.device.sda 7 1700000000 1');
    expect(plaintextLine(sample)).toBe('web1.p.disk.device.sda 7 1700000000');
    expect(await printed(sample)).toBe('web1.p.disk.device.sda 7 1700000000\n');
  }
});

test('a sample that means something by its labels alone is not printed', async () => {
  const series = { family: 'build', labels: [['version', '1']], kind: 'info', unit: '' } as const;
  expect(await printed({ ...native, series })).toBe('');
});

import { type OutputReader, readerOf } from '../src/formats/reader.ts';
import { atOnce } from '../src/io/walk.ts';
import type { FormatName } from '../src/model/format.ts';
import { unixSeconds } from '../src/model/sample.ts';
import { type Limit, type Section, table } from './section.ts';
import { median, spread } from './statistics.ts';

const rounds = 9;
const linesAnOutput = 20_000;
const outputsARound = 10;
const chunkBytes = 64 * 1024;
const context = {
  prefix: 'bench-host.plugin',
  endedAtS: unixSeconds(1_700_000_000),
  truncated: false,
  plugin: 'plugin',
};

/**
 * The same figures in each format: 200 families of 99 devices each, behind one line that begins
 * the family. `most`: what a line may take, as a multiple of a native one; null: no limit.
 */
const formats: readonly {
  readonly format: FormatName;
  readonly most: number | null;
  readonly begin: (family: number) => string;
  readonly line: (family: number, device: number, value: number) => string;
}[] = [
  {
    format: 'native',
    most: null,
    begin: (family) => `disk_${family}_devices 99`,
    line: (family, device, value) => `disk_${family}_bytes.device.sd${device} ${value}`,
  },
  {
    format: 'prometheus',
    most: 2,
    begin: (family) => `# TYPE disk_${family}_bytes counter`,
    line: (family, device, value) => `disk_${family}_bytes{device="sd${device}"} ${value}`,
  },
  {
    format: 'munin',
    most: 2,
    begin: (family) => `multigraph disk_${family}_bytes`,
    line: (_family, device, value) => `device_sd${device}.value ${value}`,
  },
  {
    format: 'nagios',
    most: 2,
    begin: (family) =>
      family === 0 ? 'DISK OK - all devices are there|all=1\nby device:|devices=99' : `devices_${family}=99;;;0;`,
    line: (family, device, value) => `disk_${family}_sd${device}=${value}B;90;95;0;100`,
  },
];

/** Measures what a line of each format takes, as a multiple of a native one in the same round. */
export function parseFormats(say: (line: string) => void): Section {
  const outputs = formats.map(
    (shape): MeasuredFormat => ({ ...shape, chunks: chunksOf(outputOf(shape)), times: [], multiples: [] }),
  );
  for (let round = 0; round <= rounds; round += 1) {
    let nativeNs = 0;
    for (const { format, chunks, times, multiples } of outputs) {
      const ns = nsALine(() => readerOf({ kind: 'file', name: 'output', sizeBytes: 1 }, () => chunks, context, format));
      if (format === 'native') nativeNs = ns;
      if (round === 0) continue; // code is compiled in the first round
      times.push(ns);
      multiples.push(ns / nativeNs);
    }
  }
  for (const { format, times, multiples } of outputs)
    say(`parse ${format}: ${spread(times, 0)} ns a line, ${spread(multiples, 2)} times native`);
  const rows = outputs.map(({ format, times, multiples }) => [format, spread(times, 0), spread(multiples, 2)]);
  const limits = outputs.flatMap(({ format, most, multiples }): Limit[] =>
    most === null
      ? []
      : [
          {
            what: `a line of ${format}`,
            measured: median(multiples),
            allowed: most,
            unit: ' times a native one',
            digits: 2,
          },
        ],
  );
  return {
    text: `Outputs of ${linesAnOutput.toLocaleString('en')} lines with the same figures in each format, read twice as for a run. In
nanoseconds of CPU a line, and as a multiple of the agent's own format in the same round.

${table(['format', 'ns a line', 'times native'], rows)}`,
    limits,
  };
}

type MeasuredFormat = (typeof formats)[number] & {
  readonly chunks: readonly Buffer[];
  readonly times: number[];
  readonly multiples: number[];
};

function outputOf({ begin, line }: (typeof formats)[number]): Buffer {
  const lines = Array.from({ length: linesAnOutput }, (_, index) => {
    const [family, device] = [Math.floor(index / 100), index % 100];
    return device === 0 ? begin(family) : line(family, device, index * 7919);
  });
  return Buffer.from(`${lines.join('\n')}\n`);
}

/** An output as it is read from its file. */
function chunksOf(bytes: Buffer): readonly Buffer[] {
  const count = Math.ceil(bytes.length / chunkBytes);
  return Array.from({ length: count }, (_, index) => bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes));
}

function nsALine(read: () => OutputReader): number {
  const before = process.cpuUsage();
  let samples = 0;
  for (let time = 0; time < outputsARound; time += 1) {
    const reader = read();
    const summary = atOnce(reader.summary());
    if (summary.badLines.count > 0) throw new Error('a line was bad');
    for (const sample of reader.all) if (sample !== null) samples += 1;
    if (summary.samples * (time + 1) !== samples) throw new Error('the two passes differ');
  }
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1000) / (linesAnOutput * outputsARound);
}

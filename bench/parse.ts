import { samplesOf, summaryWalk } from '../src/formats/native.ts';
import { atOnce } from '../src/io/walk.ts';
import { unixSeconds } from '../src/model/sample.ts';
import { parseFormats } from './parse-formats.ts';
import { type Bench, table } from './section.ts';
import { spread } from './statistics.ts';

const rounds = 7;
const linesARound = 500_000;
const context = { prefix: 'bench-host.plugin', endedAtS: unixSeconds(1_700_000_000), truncated: false };
const bareLine = /^([A-Za-z0-9_.-]+)[ \t]+(\S+)(?:[ \t]+(\d+))?$/gm;

/** Measures how outputs are counted and turned into samples, as for a run. */
export const parse: Bench = {
  name: 'parse',
  title: 'Parsing',
  async run(say) {
    const rows: string[][] = [];
    for (const lines of [1, 10, 100_000]) {
      const output = Buffer.from(
        Array.from({ length: lines }, (_, index) => `metric_${index % 1000} ${index / 8}\n`).join(''),
      );
      const times = linesARound / lines;
      const ways: readonly ((bytes: Buffer) => number)[] = [countAndRead, byExpression, bySplit];
      const rates: number[][] = ways.map(() => []);
      for (let round = 0; round <= rounds; round += 1) {
        ways.forEach((way, index) => {
          const rate = linesARound / cpuMsOf(() => way(output), times) / 1000;
          if (round > 0) rates[index]?.push(rate); // code is compiled in the first round
        });
      }
      const cells = rates.map((figures) => spread(figures, 2));
      say(`parse outputs of ${lines}: ${cells.join(', ')} million lines a second`);
      rows.push([lines.toLocaleString('en'), ...cells]);
    }
    const text = `The samples of an output are counted, and then made: two passes, as for a run. Yardsticks: one regular
expression over the whole text that keeps name and value; a split at line ends and spaces. In million
lines a second of CPU.

${table(['lines', 'the agent', 'an expression', 'a split'], rows)}`;
    const formats = parseFormats(say);
    return { text: `${text}\n\n${formats.text}`, limits: formats.limits };
  },
};

function cpuMsOf(work: () => number, times: number): number {
  const before = process.cpuUsage();
  let seen = 0;
  for (let time = 0; time < times; time += 1) seen += work();
  const { user, system } = process.cpuUsage(before);
  if (seen === 0) throw new Error('nothing was read');
  return (user + system) / 1000;
}

function countAndRead(bytes: Buffer): number {
  const { samples, badLines } = atOnce(summaryWalk([bytes], context));
  if (badLines.count > 0) throw new Error('a line was bad');
  let total = 0;
  for (const sample of samplesOf([bytes], context)) total += sample?.value ?? 0;
  return samples + total;
}

function byExpression(bytes: Buffer): number {
  let total = 1;
  for (const [, name = '', value] of bytes.toString('latin1').matchAll(bareLine)) total += Number(value) + name.length;
  return total;
}

function bySplit(bytes: Buffer): number {
  let total = 1;
  for (const line of bytes.toString('latin1').split('\n')) {
    const [name = '', value = 0] = line.split(' ');
    total += Number(value) + name.length;
  }
  return total;
}

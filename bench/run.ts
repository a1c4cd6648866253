import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { append } from './append.ts';
import { drain } from './drain.ts';
import { drop } from './drop.ts';
import { flood } from './flood.ts';
import { history } from './history.ts';
import { idle } from './idle.ts';
import { page } from './page.ts';
import { parse } from './parse.ts';
import { type Bench, isBroken, type Limit, limitLine } from './section.ts';
import { singleRun } from './single-run.ts';
import { start } from './start.ts';
import { tick } from './tick.ts';
import { watcher } from './watcher.ts';

/**
 * `npm run bench [-- NAME …]`: measures what is fast or slow, each against a yardstick in the same run. Without names all of it, and `docs/benchmarks.md` is
 * written anew; with names only these, and they are printed. Ends with 1 if a figure is beyond its limit.
 */
const benches: readonly Bench[] = [tick, singleRun, flood, parse, append, drain, history, watcher, idle, start, drop, page];

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !benches.some((bench) => bench.name === name));
if (unknown.length > 0) {
  process.stderr.write(`there is no bench ${unknown.join(', ')}; there are: ${benches.map(({ name }) => name).join(', ')}\n`);
  process.exit(2);
}
const parts: string[] = [];
const limits: Limit[] = [];
for (const bench of benches) {
  if (asked.length > 0 && !asked.includes(bench.name)) continue;
  process.stdout.write(`== ${bench.name}\n`);
  const section = await bench.run((line) => process.stdout.write(`${line}\n`));
  const checked = section.limits.map((limit) => `- ${limitLine(limit)}`);
  parts.push([`## ${bench.title}`, section.text, ...(checked.length > 0 ? [checked.join('\n')] : [])].join('\n\n'));
  limits.push(...section.limits);
}
const document = new URL('../docs/benchmarks.md', import.meta.url);
if (asked.length > 0) process.stdout.write(`\n${parts.join('\n\n')}\n`);
else writeFileSync(document, `${[head(), ...parts].join('\n\n')}\n`);
process.stdout.write(`\n${limits.map(limitLine).join('\n')}\n`);
process.exit(limits.some(isBroken) ? 1 : 0);

function head(): string {
  const date = new Date().toISOString().slice(0, 10);
  return `# Benchmarks

Made by \`npm run bench\` on ${date}: Node ${process.versions.node}, ${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), load average
${readFileSync('/proc/loadavg', 'latin1').split(' ')[0]}. Figures are the median of some rounds, with the smallest and the largest. CPU is user and system.`;
}

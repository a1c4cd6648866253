import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { append } from './append.ts';
import { compare, comparisonTitle } from './compare.ts';
import { drain } from './drain.ts';
import { drop } from './drop.ts';
import { fleet } from './fleet.ts';
import { flood } from './flood.ts';
import { history } from './history.ts';
import { idle } from './idle.ts';
import { nodes } from './nodes.ts';
import { page } from './page.ts';
import { parse } from './parse.ts';
import { pluginMetrics } from './plugin-metrics.ts';
import { wrapProse } from './prose.ts';
import { type Bench, isBroken, type Limit, limitLine } from './section.ts';
import { singleRun } from './single-run.ts';
import { start } from './start.ts';
import { tick } from './tick.ts';
import { watcher } from './watcher.ts';

/**
 * `npm run bench` measures each hot path against a yardstick in the same run, and writes
 * `docs/benchmarks.md` again. `npm run bench -- NAME …` measures only these, and prints the
 * result. `npm run bench -- --agents` compares the agent with other agents that are installed, and
 * writes only that section of the document. `NODES=20,24` measures `idle` and `nodes` on these
 * major versions of Node. Ends with status 1 if a figure is beyond its limit.
 */
const benches: readonly Bench[] = [
  tick,
  pluginMetrics,
  singleRun,
  flood,
  parse,
  append,
  drain,
  history,
  watcher,
  idle,
  nodes,
  start,
  drop,
  page,
  fleet,
];
const document = new URL('../docs/benchmarks.md', import.meta.url);

process.setMaxListeners(0); // each process and each folder of a bench is let go at the exit
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1)); // exit handlers end the processes that a bench has started

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => name !== '--agents' && !benches.some((bench) => bench.name === name));
if (unknown.length > 0) {
  const names = benches.map(({ name }) => name).join(', ');
  process.stderr.write(`there is no bench ${unknown.join(', ')}; there are: ${names}; and --agents\n`);
  process.exit(2);
}
const say = (line: string) => void process.stdout.write(`${line}\n`);
const parts: string[] = [];
const limits: Limit[] = [];
for (const bench of benches) {
  if (asked.length > 0 && !asked.includes(bench.name)) continue;
  say(`== ${bench.name}`);
  const section = await bench.run(say);
  const checked = section.limits.map((limit) => `- ${limitLine(limit)}`);
  parts.push([`## ${bench.title}`, section.text, ...(checked.length > 0 ? [checked.join('\n')] : [])].join('\n\n'));
  limits.push(...section.limits);
}
if (asked.length === 0) writeDocument(`${[head(), ...parts, ...comparison()].join('\n\n')}\n`);
else if (parts.length > 0) say(`\n${parts.join('\n\n')}`);
if (asked.includes('--agents')) {
  say('== --agents');
  const section = `## ${comparisonTitle}\n\n${await compare(say)}`;
  const others = existsSync(document) ? readFileSync(document, 'utf8').split(`## ${comparisonTitle}\n`)[0] : null;
  writeDocument(`${(others ?? head()).trimEnd()}\n\n${section}\n`);
  say(`\n${section}`);
}
say(`\n${limits.map(limitLine).join('\n')}`);
process.exit(limits.some(isBroken) ? 1 : 0);

/** Writes the document, wrapped and formatted. */
function writeDocument(text: string): void {
  writeFileSync(document, wrapProse(text));
  execFileSync('npx', ['biome', 'format', '--write', fileURLToPath(document)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

function head(): string {
  const date = new Date().toISOString().slice(0, 10);
  const machine = `Node ${process.versions.node}, ${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'})`;
  const load = readFileSync('/proc/loadavg', 'latin1').split(' ')[0];
  return `# Benchmarks

Made by \`npm run bench\` on ${date}: ${machine}.
Load average ${load} at the end. Figures are the median of some rounds, with the smallest and the
largest. CPU is user and system.`;
}

/** The last section of the document, as a former run with `--agents` has written it. */
function comparison(): readonly string[] {
  const [, kept] = existsSync(document) ? readFileSync(document, 'utf8').split(`## ${comparisonTitle}\n`) : [];
  return kept === undefined ? [] : [`## ${comparisonTitle}\n${kept.trimEnd()}`];
}

import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makePlace, nextTickMs, until, writeShellPlugins } from './agent.ts';
import { startCollector } from './collector.ts';
import { measuredNodes } from './measured-nodes.ts';
import { cpuBetween, readAgentCpu, readAnonymousMiB, readProcessMemory } from './process-cpu.ts';
process.setMaxListeners(0);
const nodes = measuredNodes();
const runs = [...nodes.map((n) => ['new', n, '/work/main/dist/main.js'] as const), ...nodes.slice(0, 1).map((n) => ['old', n, '/tmp/w/old/dist/main.js'] as const)];
const agents = await Promise.all(runs.map(async ([what, node, main]) => {
  const place = makePlace(); writeShellPlugins(place.scripts, 20);
  const c = await startCollector();
  const file = join(place.dir, 'a.ini'); writeFileSync(file, '', { mode: 0o600 });
  const child = spawn(node.path, [main, '-k', 'K', '-c', `tcp://127.0.0.1:${c.port}`, '-H', 'h', '-f', file, '-e', '-s', place.scripts, '--state-dir', place.state, '-r', '30'], { stdio: 'ignore', env: { PATH: process.env['PATH'], HOME: place.dir } });
  return { what: `${what} ${node.version}`, place, c, child };
}));
process.on('exit', () => agents.forEach(({ child }) => child.kill('SIGKILL')));
let t = nextTickMs(30, 1000);
await until(t + 5000);
const before = agents.map(({ child }) => readAgentCpu(child.pid ?? 0)); const b = performance.now();
await until(t + 4 * 30_000 + 5000);
for (const [i, { what, child }] of agents.entries()) {
  const d = cpuBetween(before[i]!, readAgentCpu(child.pid ?? 0));
  console.log(what, 'cpu %', (((d.ownMs + d.helpersMs) / (performance.now() - b)) * 100).toFixed(3), 'rss', readProcessMemory(child.pid ?? 0).rssMiB.toFixed(1), 'anon', readAnonymousMiB(child.pid ?? 0).toFixed(1));
}
for (const { child, c, place } of agents) { child.kill('SIGTERM'); await c.stop(); place.remove(); }
process.exit(0);

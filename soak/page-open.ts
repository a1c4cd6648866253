import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { pause, startSoakAgent } from './agent.ts';

const plugins = 1000;
const ticks = 4;
const intervalS = 10;
const mostShare = 0.1;

/**
 * Compares the agent's own CPU for ticks of 1,000 plugins with 5 metrics each, with a page open
 * that follows it and without: less than a tenth more.
 */
export async function pageOpen(say: (line: string) => void): Promise<boolean> {
  const agent = startSoakAgent(
    [],
    ['-r', String(intervalS), '-k', 'none', '-c', 'tcp://127.0.0.1:9', '--dashboard', '127.0.0.1:0'],
    (state) => mkdirSync(state, { mode: 0o700 }),
  );
  let link = '';
  let started = 0;
  agent.onEntry((entry) => {
    if (entry['event'] === 'dashboard.started') link = String(entry['url']);
    if (entry['event'] === 'tick.started' && entry['due'] === plugins) started += 1;
  });
  for (let n = 0; n < plugins; n += 1) {
    const path = join(agent.scripts, `p${n}`);
    writeFileSync(path, `#!/bin/sh\nfor m in a b c d e; do echo "$m $$"; done\n`);
    chmodSync(path, 0o700);
  }
  while (link === '') await pause(0.05);
  const afterTick = async () => {
    const before = started;
    while (started === before) await pause(0.05);
    await pause(intervalS * 0.8);
  };
  await afterTick();
  const shares: number[] = [];
  for (const round of [1, 2, 3]) {
    const alone = await cpuOf(agent.child.pid ?? 0, afterTick);
    const page = get(link.replace('/?', '/events?'));
    let bytes = 0;
    page.on('response', (response) => response.on('data', (chunk: Uint8Array) => (bytes += chunk.length)));
    page.on('error', () => {});
    const followed = await cpuOf(agent.child.pid ?? 0, afterTick);
    page.destroy();
    shares.push(followed / alone - 1);
    say(
      `round ${round}: ${alone.toFixed(0)} ms a tick, ${followed.toFixed(0)} with the page open (${(bytes / ticks / 1024).toFixed(0)} KiB a tick)`,
    );
  }
  await agent.stop();
  agent.clean();
  const median = shares.toSorted((a, b) => a - b)[1] ?? 1;
  say(`${(median * 100).toFixed(1)} % more with the page open (${mostShare * 100} % allowed)`);
  return median < mostShare;
}

/** CPU of the agent's own process for each tick, in ms. */
async function cpuOf(pid: number, afterTick: () => Promise<void>): Promise<number> {
  const before = agentCpuMs(pid);
  for (let tick = 0; tick < ticks; tick += 1) await afterTick();
  return (agentCpuMs(pid) - before) / ticks;
}

function agentCpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10; // clock ticks of 10 ms
}

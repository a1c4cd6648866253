import { mkdirSync } from 'node:fs';
import { makeBacklog } from '../bench/backlog.ts';
import { startCollector } from '../bench/collector.ts';
import { readProcess, startSoakAgent } from './agent.ts';

const samples = 3_000_000;
const mostBytes = 120_000_000;

/**
 * The backlog of a day, three million samples, drains oldest first while 20 plugins run every
 * second. No number is missing between two batches, every tick runs its plugins, and memory stays
 * under 120 MB.
 */
export async function backlog(say: (line: string) => void): Promise<boolean> {
  const collector = await startCollector();
  const plugins = Array.from({ length: 20 }, (_, index) => ['two-gauges', `plugin-${index}`] as const);
  const flags = ['-r', '1', '-k', 'KEY', '-c', `tcp://127.0.0.1:${collector.port}`];
  const agent = startSoakAgent(plugins, flags, (state) => {
    mkdirSync(state, { recursive: true, mode: 0o700 });
    makeBacklog(state, samples);
  });
  let runs = 0;
  agent.onEntry((entry) => {
    if (entry['event'] === 'run.finished') runs += 1;
  });
  let arrived = 0;
  let isInOrder = true;
  let startedMs = 0;
  await new Promise<void>((resolve, reject) => {
    agent.child.once('close', (status) => reject(new Error(`the agent ended with ${status}`)));
    collector.onDelivery(({ lines, first, last }) => {
      if (arrived >= samples) return;
      if (startedMs === 0) startedMs = performance.now();
      const isAllOld = arrived + lines <= samples; // the last batch of the backlog may have new samples behind it
      if (first !== arrived || (isAllOld && last !== arrived + lines - 1)) isInOrder = false;
      arrived += lines;
      if (arrived >= samples) resolve();
    });
  });
  const seconds = (performance.now() - startedMs) / 1000;
  const { peakKb } = readProcess(agent.child.pid ?? 0);
  const runsPerTick = runs / Math.max(1, Math.floor(seconds));
  await agent.stop();
  agent.clean();
  await collector.stop();
  say(
    `${samples} samples in ${seconds.toFixed(1)} s, ${isInOrder ? 'in order' : 'OUT OF ORDER'}; ${runs} runs of 20 plugins meanwhile`,
  );
  say(`peak memory ${(peakKb * 1.024e-3).toFixed(1)} MB (${mostBytes / 1e6} allowed)`);
  return isInOrder && peakKb * 1024 < mostBytes && runsPerTick >= 18;
}

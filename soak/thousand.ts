import { writeShellPlugins } from '../bench/agent.ts';
import { startCollector } from '../bench/collector.ts';
import { pause, readProcess, startSoakAgent } from './agent.ts';

const plugins = 1000;
const ticks = 120;
const intervalS = 3;
const mostBytes = 110_000_000;
const mostGrowth = 0.05;

/**
 * Runs as many ticks of 1,000 plugins as an hour has, ten times as fast: memory stays under 110
 * MB, and does not grow in the second half.
 */
export async function thousand(say: (line: string) => void): Promise<boolean> {
  const collector = await startCollector();
  const agent = startSoakAgent([], ['-r', String(intervalS), '-k', 'KEY', '-c', `tcp://127.0.0.1:${collector.port}`]);
  agent.onEntry(() => {}); // read its log, so that it does not wait for a reader
  writeShellPlugins(agent.scripts, plugins);
  const readings: number[] = [];
  for (let tick = 10; tick <= ticks; tick += 10) {
    await collector.whenReceived(tick * plugins);
    await pause(0.5);
    const { rssKb, peakKb } = readProcess(agent.child.pid ?? 0);
    readings.push(rssKb * 1024);
    say(`after ${tick} ticks: ${(rssKb * 1.024e-3).toFixed(1)} MB, ${(peakKb * 1.024e-3).toFixed(1)} at most`);
  }
  await agent.stop();
  agent.clean();
  await collector.stop();
  const middle = (values: readonly number[]) =>
    values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
  const growth = middle(readings.slice(-3)) / middle(readings.slice(5, 8)) - 1;
  const most = Math.max(...readings);
  say(
    `${(most / 1e6).toFixed(1)} MB (${mostBytes / 1e6} allowed); ${(growth * 100).toFixed(1)} % more in the second half (${mostGrowth * 100} % allowed)`,
  );
  return most < mostBytes && growth <= mostGrowth;
}

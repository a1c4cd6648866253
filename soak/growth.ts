import { pause, readProcess, startSoakAgent } from './agent.ts';

const minutes = 10;

/**
 * Runs 50 plugins every second for ten minutes: memory stays within 15 % of its value after the
 * first minute, and descriptors and zombies do not grow.
 */
export async function growth(say: (line: string) => void): Promise<boolean> {
  const plugins = Array.from({ length: 50 }, (_, index) => ['two-gauges', `plugin-${index}`] as const);
  const agent = startSoakAgent(plugins, ['-r', '1']);
  let runs = 0;
  agent.onEntry((entry) => {
    if (entry['event'] === 'run.finished') runs += 1;
  });
  const readings: ReturnType<typeof readProcess>[] = [];
  for (let minute = 1; minute <= minutes; minute += 1) {
    await pause(60);
    const reading = readProcess(agent.child.pid ?? 0);
    readings.push(reading);
    say(
      `minute ${minute}: ${(reading.rssKb / 1024).toFixed(1)} MiB, ${reading.descriptors} descriptors, ${reading.zombies} zombies, ${runs} runs`,
    );
  }
  await agent.stop();
  agent.clean();
  const [first] = readings;
  const last = readings.at(-1);
  if (!first || !last) return false;
  const change = last.rssKb / first.rssKb - 1;
  say(`memory changed by ${(change * 100).toFixed(1)} % after the first minute (15 % allowed)`);
  return (
    change <= 0.15 &&
    last.descriptors <= first.descriptors + 2 &&
    last.zombies === 0 &&
    runs >= 50 * 60 * minutes * 0.98
  );
}

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pause, startSoakAgent } from './agent.ts';

type Say = (line: string) => void;

const names = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${prefix}-${String(index).padStart(2, '0')}`);

/**
 * Runs 24 hung scripts on 4 slots every second: six healthy scripts run in at least 18 of the 20
 * ticks after the first five. Each hung script runs once, untouched, also after a restart.
 */
export async function missedTicks(say: Say): Promise<boolean> {
  const hung = names('hung', 24);
  const healthy = names('well', 6);
  const agent = startSoakAgent(
    [...hung.map((as) => ['waits-on-fifo', as] as const), ...healthy.map((as) => ['two-gauges', as] as const)],
    ['-r', '1', '-f', 'soak/four-slots.ini'],
  );
  const ticks: number[] = [];
  const runs = new Map<string, Set<number>>(healthy.map((name) => [name, new Set()]));
  agent.onEntry((entry) => {
    if (entry['event'] === 'tick.started') ticks.push(Number(entry['atS']));
    if (entry['event'] === 'run.finished') runs.get(String(entry['plugin']))?.add(ticks.at(-1) ?? 0);
  });
  while (ticks.length < 26) await pause(0.2);
  const counted = ticks.slice(5, 25);
  const hits = healthy.map((name) => counted.filter((tick) => runs.get(name)?.has(tick)).length);
  say(`healthy plugins ran in ${hits.join(', ')} of ${counted.length} ticks (at least 18 wanted)`);
  const before = hung.map((name) => pidsOf(join(agent.scripts, name)));
  await agent.stop();
  const after = hung.map((name) => pidsOf(join(agent.scripts, name)));
  const signals = after
    .flat()
    .map((pid) => /^ShdPnd:\s*(\S+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]);
  const isUntouched =
    after.every((pids, index) => pids.length === 1 && pids[0] === before[index]?.[0]) &&
    signals.every((mask) => /^0+$/.test(mask ?? ''));
  say(
    `hung processes before the stop: ${before.flat().length}, after it: ${after.flat().length}, the same and without a pending signal: ${isUntouched}`,
  );
  agent.startAgain();
  await pause(3);
  const restarted = hung.map((name) => pidsOf(join(agent.scripts, name)));
  const isSingle = restarted.every((pids, index) => pids.length === 1 && pids[0] === before[index]?.[0]);
  say(`after a restart each exists once, under its old id: ${isSingle}`);
  await agent.stop();
  agent.clean();
  return hits.every((hit) => hit >= 18) && isUntouched && isSingle;
}

function pidsOf(path: string): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0').includes(path);
      } catch {
        return false;
      }
    });
}

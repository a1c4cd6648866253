import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { median } from '../bench/statistics.ts';
import { pause, startSoakAgent } from './agent.ts';

/** A name for each plugin, and for how many seconds it sleeps; null: it hangs. */
type Plugins = ReadonlyMap<string, number | null>;

type OverloadScene = {
  readonly name: string;
  readonly plugins: Plugins;
  readonly flags: readonly string[];
  /** It ends when the median plugin has run so often. */
  readonly medianRuns: number;
  /** Every plugin must run at every tick after the second one. */
  readonly isEachTick: boolean;
};

const many = (prefix: string, count: number, sleepS: (index: number) => number | null): Plugins =>
  new Map(Array.from({ length: count }, (_, index) => [`${prefix}-${String(index).padStart(4, '0')}`, sleepS(index)]));
const sleepers = many('sleeps', 20, (index) => 1 + index / 20);
const quickAndSlow: Plugins = new Map([...many('quick', 1000, () => 0), ...many('slow', 10, () => 0.05)]);

const scenes: readonly OverloadScene[] = [
  { name: '3,000 equal plugins at 1 s', plugins: many('p', 3000, () => 0), flags: ['-r', '1'] },
  { name: '1,000 plugins and ten that sleep 50 ms, at 1 s', plugins: quickAndSlow, flags: ['-r', '1'] },
  {
    name: 'the same beside 24 hung ones',
    plugins: new Map([...quickAndSlow, ...many('hung', 24, () => null)]),
    flags: ['-r', '1'],
  },
  {
    name: '20 that sleep 1 to 2 s, at 5 s, on four slots',
    plugins: sleepers,
    flags: ['-r', '5', '-f', 'soak/four-slots.ini'],
  },
  { name: '20 that sleep 1 to 2 s, at 5 s, by default', plugins: sleepers, flags: ['-r', '5'], isEachTick: true },
].map((scene) => ({ medianRuns: 12, isEachTick: false, ...scene }));

/**
 * Runs more plugins than fit into the interval. Over any span of whole seconds in which the median
 * plugin runs k times (k at least 4), each runs at least k/2 times. Where only sleeping plugins
 * take the slots, all run at every tick. `SCENE=TEXT` plays only scenes with this text in the name.
 */
export async function fairness(say: (line: string) => void): Promise<boolean> {
  let holds = true;
  const text = process.env['SCENE'] ?? '';
  for (const scene of scenes.filter(({ name }) => name.includes(text))) holds = (await played(scene, say)) && holds;
  return holds;
}

async function played(
  { name, plugins, flags, medianRuns, isEachTick }: OverloadScene,
  say: (line: string) => void,
): Promise<boolean> {
  const agent = startSoakAgent([], flags, (state) => install(join(dirname(state), 'scripts'), plugins));
  const judged = [...plugins].flatMap(([plugin, sleepS]) => (sleepS === null ? [] : [plugin]));
  const begins = new Map<string, number[]>(judged.map((plugin) => [plugin, []]));
  let ticks = 0;
  let [skipped, overloaded] = [0, 0];
  agent.onEntry(({ event, plugin, time }) => {
    if (event === 'tick.started') ticks += 1;
    if (event === 'run.started') begins.get(String(plugin))?.push(Date.parse(String(time)) / 1000);
    if (event === 'run.skipped' && begins.has(String(plugin)) && ticks > 2) skipped += 1;
    if (event === 'agent.overloaded') overloaded += 1;
  });
  while (median([...begins.values()].map(({ length }) => length)) < medianRuns) await pause(0.5);
  await agent.stop();
  agent.clean();
  const worst = worstShare([...begins.values()]);
  const counts = [...begins.values()].map(({ length }) => length);
  say(
    `${name}: ${ticks} ticks; runs of a plugin ${Math.min(...counts)} to ${Math.max(...counts)}, median ${median(counts)}; ` +
      `worst share of the median ${worst.toFixed(2)} (at least 0.50); ` +
      `${skipped} skips after the second tick${isEachTick ? ' (none wanted)' : ''}; overloaded at ${overloaded} ticks`,
  );
  return worst >= 0.5 && (!isEachTick || skipped === 0);
}

function install(scripts: string, plugins: Plugins): void {
  mkdirSync(scripts, { recursive: true, mode: 0o700 });
  for (const [plugin, sleepS] of plugins) {
    const work = sleepS === null ? 'read -r _ < "$HOLD_FIFO"' : sleepS === 0 ? ':' : `sleep ${sleepS}`;
    writeFileSync(join(scripts, plugin), `#!/bin/sh\n${work}\necho a 1\n`, { mode: 0o700 });
  }
}

/** The smallest share of the median's runs over any span in which the median is at least 4. */
function worstShare(begins: readonly (readonly number[])[]): number {
  const firstS = Math.floor(Math.min(...begins.map(([first = Number.POSITIVE_INFINITY]) => first)));
  const lastS = Math.floor(Math.max(...begins.map((times) => times.at(-1) ?? 0)));
  const perSecond = begins.map((times) => {
    const counts = new Array<number>(lastS - firstS + 1).fill(0);
    for (const time of times) {
      const second = Math.floor(time) - firstS;
      counts[second] = (counts[second] ?? 0) + 1;
    }
    return counts;
  });
  let worst = 1;
  // The last second may have ended early
  for (let from = firstS; from < lastS; from += 1) {
    const runs = new Array<number>(begins.length).fill(0);
    for (let to = from; to < lastS; to += 1) {
      for (const [index, counts] of perSecond.entries()) runs[index] = (runs[index] ?? 0) + (counts[to - firstS] ?? 0);
      const middle = median(runs);
      if (middle >= 4) worst = Math.min(worst, Math.min(...runs) / middle);
    }
  }
  return worst;
}

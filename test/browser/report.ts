import type { World } from './make-believe-agent.ts';

const letters = 'ooooopfslh'; // of the ticks that the strips show
let reports = 0;

/**
 * Lets a tick pass, at which each of these plugins ended a run: all that a row and its strip show
 * differs from before, and its line is to be fetched again. `tell` of the agent sends it.
 */
export function report(world: World, files: Iterable<string>): void {
  const { lastTickAtS, intervalS } = world.agent;
  world.agent = { ...world.agent, lastTickAtS: (lastTickAtS ?? 0) + intervalS };
  for (const file of files) {
    const plugin = world.plugins.get(file);
    if (!plugin?.lastRun) continue;
    const { endedAtS, durationMs } = plugin.lastRun;
    const lastRun = { ...plugin.lastRun, endedAtS: endedAtS + intervalS, durationMs: ((durationMs ?? 0) + 1) % 10_000 };
    const beats = `${plugin.beats}${letters[reports % letters.length]}`.slice(-60);
    world.plugins.set(file, { ...plugin, lastRun, beats, lastReportAtS: lastRun.endedAtS });
    reports += 1;
  }
}

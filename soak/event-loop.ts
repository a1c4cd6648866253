import { eventLoopScenes } from './event-loop/scenes.ts';
import { mostCpuMs, mostStatusMs } from './event-loop/watched-agent.ts';

/**
 * Whatever waits, no step of the agent takes more than 50 ms of processor time, and `status` is
 * answered within 100 ms meanwhile. `SCENES=a,b` plays only these scenes; `SIZE=0.01` makes all of
 * them smaller.
 */
export async function eventLoop(say: (line: string) => void): Promise<boolean> {
  const asked = process.env['SCENES']?.split(',') ?? Object.keys(eventLoopScenes);
  const size = Number(process.env['SIZE'] ?? 1);
  say(`at most ${mostCpuMs} ms of processor time a step, and ${mostStatusMs} ms for a status; size ${size}`);
  let allHold = true;
  for (const name of asked) {
    const scene = eventLoopScenes[name];
    if (!scene) throw new Error(`there is no scene ${name}; there are: ${Object.keys(eventLoopScenes).join(', ')}`);
    const { figures, notes, isStatusBound = true } = await scene(size);
    const holds = figures.cpu.max <= mostCpuMs && (!isStatusBound || figures.status.p99 <= mostStatusMs);
    if (!holds) allHold = false;
    const ms = (value: number) => value.toFixed(0);
    say(
      `${name}: longest step ${ms(figures.cpu.max)} ms of processor time, ${ms(figures.wall.max)} ms by the clock; ` +
        `p99 ${ms(figures.cpu.p99)} and ${ms(figures.wall.p99)}; status p99 ${ms(figures.status.p99)} ms, longest ` +
        `${ms(figures.status.max)} of ${figures.status.count}; memory ${ms(figures.peakKb / 1024)} MiB at most; ${notes}: ` +
        `${holds ? 'holds' : 'DOES NOT HOLD'}`,
    );
  }
  return allHold;
}

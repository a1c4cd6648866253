import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makePlace, nextTickMs, startMeasuredAgent, until, writePlugin } from './agent.ts';
import { cpuBetween, readAgentCpu, readProcessMemory } from './process-cpu.ts';
import type { Bench } from './section.ts';
import { median, spread } from './statistics.ts';

const lines = 100_000;
const ticks = 4;
const intervalS = 5;

/** Measures one output of a hundred thousand lines: parsed, stored and sent. */
export const flood: Bench = {
  name: 'flood',
  title: `${lines.toLocaleString('en')} lines in one output`,
  async run(say) {
    const place = makePlace();
    const output = join(place.dir, 'output');
    writeFileSync(
      output,
      Array.from({ length: lines }, (_, index) => `metric_${index % 5000} ${index / 8}\n`).join(''),
    );
    writePlugin(join(place.scripts, 'flood'), `#!/bin/sh\nexec cat '${output}'\n`);
    const agent = await startMeasuredAgent(place, ['-r', String(intervalS)]);
    await agent.entry('daemon.started');
    await until(Date.now() + 500);
    const idleMiB = readProcessMemory(agent.pid).rssMiB;
    const cpu: number[] = [];
    const delivered: number[] = [];
    for (let tick = 0; tick < ticks; tick += 1) {
      const tickMs = nextTickMs(intervalS, tick === 0 ? 2000 : 100); // a tick that came meanwhile is over then
      await until(tickMs - 50);
      const before = readAgentCpu(agent.pid);
      delivered.push((await agent.collector.whenReceived(agent.collector.received() + lines)) - tickMs);
      await until(Date.now() + 300); // what the agent does after it counts, too
      const { ownMs, helpersMs } = cpuBetween(before, readAgentCpu(agent.pid));
      cpu.push(ownMs + helpersMs);
      say(
        `flood ${tick + 1}: ${cpu.at(-1)?.toFixed(0)} ms of CPU, delivered after ${delivered.at(-1)} ms, ${readProcessMemory(agent.pid).peakMiB.toFixed(0)} MiB at most`,
      );
    }
    const { peakMiB } = readProcessMemory(agent.pid);
    await agent.stop();
    place.remove();
    const text = `A plugin prints them (\`cat\`) at each of ${ticks} ticks of the built agent. CPU is the agent's, of all threads,
from before the tick until after the last line has arrived at the collector.

- ${spread(cpu, 0)} ms of CPU, the first time ${cpu[0]?.toFixed(0)}
- delivered ${spread(delivered, 0)} ms after the tick
- memory: ${peakMiB.toFixed(0)} MiB at most, ${idleMiB.toFixed(0)} before`;
    return {
      text,
      limits: [
        {
          what: `CPU for ${lines.toLocaleString('en')} lines in one output`,
          measured: median(cpu),
          allowed: 2000,
          unit: ' ms',
          digits: 0,
        },
      ],
    };
  },
};

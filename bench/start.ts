import { execFileSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { makePlace, startMeasuredAgent, writeShellPlugins } from './agent.ts';
import { cpuMs } from './process-cpu.ts';
import type { Bench } from './section.ts';
import { median, spread } from './statistics.ts';

const rounds = 9;
const plugins = 20;

/** Measures from the start of the process to the first armed tick, and to the first sample. */
export const start: Bench = {
  name: 'start',
  title: 'A start',
  async run(say) {
    const bare: number[] = [];
    const bareCpu: number[] = [];
    const armed: number[] = [];
    const cpu: number[] = [];
    const sampled: number[] = [];
    const sinceTick: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const place = makePlace();
      writeShellPlugins(place.scripts, plugins);
      await delay(400); // until no script counts as being written
      const bareMs = performance.now();
      const node = execFileSync(process.execPath, [
        '-e',
        'const { user, system } = process.cpuUsage(); console.log((user + system) / 1000)',
      ]);
      bare.push(performance.now() - bareMs);
      bareCpu.push(Number(node.toString()));
      const agent = await startMeasuredAgent(place, ['-r', '1']);
      await agent.entry('daemon.started');
      armed.push(performance.now() - agent.startedMs);
      cpu.push(cpuMs(agent.pid));
      const atMs = await agent.collector.whenReceived(1);
      sampled.push(performance.now() - agent.startedMs);
      sinceTick.push(atMs % 1000);
      await agent.stop();
      place.remove();
    }
    say(
      `start: tick armed ${spread(armed, 0)} (CPU ${spread(cpu, 0)}), bare ${spread(bare, 0)} (CPU ${spread(bareCpu, 0)}), first sample ${spread(sampled, 0)}, ${spread(sinceTick, 0)} after its tick`,
    );
    const text = `The built agent with ${plugins} plugins and \`-r 1\`, from the moment before its process is made. Yardstick: a
\`node -e\` that prints one line, until it has ended.

- the first tick is armed after ${spread(armed, 0)} ms, with ${spread(cpu, 0)} ms of CPU; the yardstick takes
  ${spread(bare, 0)} ms, with ${spread(bareCpu, 0)} ms of CPU
- the first sample is at the collector after ${spread(sampled, 0)} ms, ${spread(sinceTick, 0)} ms after its tick`;
    return {
      text,
      limits: [{ what: 'start to first tick armed', measured: median(armed), allowed: 250, unit: ' ms', digits: 0 }],
    };
  },
};

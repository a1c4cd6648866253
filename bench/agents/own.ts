import { mainFile, nextTickMs, startMeasuredAgent, until } from '../agent.ts';
import { watchTick } from '../tick-round.ts';
import type { Rival } from './rival.ts';

const intervalS = 5;

/** The built agent itself. */
export const own: Rival = {
  name: 'instrument-server',
  program: mainFile,
  how: 'its own ticks; delivered to a collector',
  async start(place, _program, plugins) {
    const agent = await startMeasuredAgent(place, ['-r', String(intervalS)]);
    await agent.entry('daemon.started');
    return {
      pid: agent.pid,
      async tick() {
        const tickMs = nextTickMs(intervalS, 500);
        await until(tickMs - 50);
        return (await watchTick(agent, tickMs, agent.collector.received() + plugins)).endedMs;
      },
      stop: agent.stop,
    };
  },
};

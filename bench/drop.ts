import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { mainFile, makePlace, startMeasuredAgent, writePlugin } from './agent.ts';
import type { Bench } from './section.ts';
import { median, spread } from './statistics.ts';

const rounds = 15;

/** Measures the time from a script's arrival to its first output. */
export const drop: Bench = {
  name: 'drop',
  title: 'A script is dropped in',
  async run(say) {
    const sampled = await intoAgent();
    const alone = await intoDev(false);
    const byAgent = await intoDev(true);
    say(
      `drop: ${spread(sampled, 0)} ms to the collector; dev ${spread(alone, 0)} ms alone, ${spread(byAgent, 0)} by an agent`,
    );
    const text = `A script that prints a line is moved to its place. In the agent (\`-r 1\`) it waits for its tick, at most
a second away. \`dev\` waits until the script has looked the same for 40 ms. In ms, ${rounds} times.

- in the agent: ${spread(sampled, 0)} until its first sample is at the collector
- in \`dev\` without an agent: ${spread(alone, 0)} until its run is on the screen; if an agent runs it:
  ${spread(byAgent, 0)}`;
    return {
      text,
      limits: [
        { what: 'drop to first run in `dev`', measured: median(alone), allowed: 300, unit: ' ms', digits: 0 },
        {
          what: 'drop to first run in `dev`, by an agent',
          measured: median(byAgent),
          allowed: 300,
          unit: ' ms',
          digits: 0,
        },
      ],
    };
  },
};

async function intoAgent(): Promise<readonly number[]> {
  const place = makePlace();
  const agent = await startMeasuredAgent(place, ['-r', '1']);
  await agent.entry('daemon.started');
  const figures: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const file = join(place.dir, 'script');
    writePlugin(file, '#!/bin/sh\necho "m 1"\n');
    await delay(500 + 1000 * Math.random()); // each drop is at another distance from a tick
    const before = agent.collector.received();
    const droppedMs = Date.now();
    const path = join(place.scripts, `script_${round}`);
    renameSync(file, path);
    figures.push((await agent.collector.whenReceived(before + 1)) - droppedMs);
    rmSync(path);
    await delay(1500); // what it printed at a tick meanwhile has arrived
  }
  await agent.stop();
  place.remove();
  return figures;
}

async function intoDev(hasAgent: boolean): Promise<readonly number[]> {
  const place = makePlace();
  const path = join(place.scripts, 'script');
  writePlugin(path, '#!/bin/sh\necho "m 1"\n');
  const agent = hasAgent ? await startMeasuredAgent(place, ['-r', '24h']) : null;
  await agent?.entry('daemon.started');
  const dev = spawn(process.execPath, [mainFile, '--state-dir', place.state, 'dev', path], {
    env: { PATH: process.env['PATH'], HOME: place.dir },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let screen = '';
  let look = () => {};
  dev.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += text;
    look();
  });
  const shown = (word: string) =>
    new Promise<void>((resolve) => {
      look = () => {
        if (screen.includes(word)) resolve();
      };
      look();
    });
  await shown('exit 0');
  const figures: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const beside = join(place.dir, 'script');
    writePlugin(beside, `#!/bin/sh\necho "round_${round}_ 1"\n`);
    await delay(300 + 200 * Math.random());
    const droppedMs = performance.now();
    renameSync(beside, path);
    await shown(`round_${round}_`);
    figures.push(performance.now() - droppedMs);
  }
  const closed = once(dev, 'close');
  dev.kill('SIGTERM');
  await closed;
  await agent?.stop();
  place.remove();
  return figures;
}

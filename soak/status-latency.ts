import { spawnSync } from 'node:child_process';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startStandInCollector } from '../src/collector/stand-in-collector.ts';
import { askAgent } from '../src/control/client.ts';
import { listen } from '../src/io/net/listen.ts';
import { askSocket } from '../src/io/net/socket-client.ts';
import type { Status } from '../src/model/status.ts';
import { pause, startSoakAgent } from './agent.ts';

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const calls = 200;
const mostMs = 100;
const talker = '#!/bin/sh\nexec awk \'BEGIN { for (i = 0; i < 20000; i++) print "line." i, i }\'\n';

/**
 * Asks for the status 200 times over the control socket, ten times a second, while 100 plugins
 * hang, the collector stalls and a plugin prints 20,000 lines each second: the 99th percentile is
 * under 100 ms. The start of Node and of the program, which a command line needs in addition, is
 * shown beside it.
 */
export async function statusLatency(say: (line: string) => void): Promise<boolean> {
  const options = {
    listen: { host: '127.0.0.1', port: 0 },
    tls: null,
    refuse: false,
    resetAfter: null,
    stall: 'data',
    neverClose: false,
  } as const;
  const collector = await startStandInCollector(listen, options, () => {});
  if (!collector.ok) throw new Error(collector.error);
  const hung = Array.from({ length: 100 }, (_, index) => ['waits-on-fifo', `hangs-${index}`] as const);
  const agent = startSoakAgent(hung, ['-r', '1', '-k', 'KEY', '-c', `tcp://127.0.0.1:${collector.value.port}`]);
  const client = askAgent(askSocket, agent.state);
  try {
    const path = join(agent.scripts, 'talks.sh');
    writeFileSync(`${path}.tmp`, talker, { mode: 0o700 });
    renameSync(`${path}.tmp`, path);
    while (!(await isUnderLoad(client))) await pause(0.2);

    const times: number[] = [];
    const before = await read(client);
    for (let call = 0; call < calls; call += 1) {
      const startMs = performance.now();
      await read(client);
      times.push(performance.now() - startMs);
      await pause(0.1);
    }
    const after = await read(client);
    const starts = Array.from({ length: 20 }, () => {
      const startMs = performance.now();
      spawnSync(process.execPath, [main, '--version']);
      return performance.now() - startMs;
    });
    const talked = runsOf(after) - runsOf(before);
    say(
      `${after.plugins.filter(({ state }) => state === 'hung').length} plugins hung, ${talked} runs of 20,000 lines meanwhile, ${after.sinks[0]?.waitingSamples} samples waiting`,
    );
    say(
      `${calls} calls: ${figures(times)}; ${JSON.stringify(after).length} bytes each (p99 under ${mostMs} ms wanted)`,
    );
    say(`beside it, the start of Node and of the program: ${figures(starts)}`);
    return percentile(times, 0.99) < mostMs && talked >= 10;
  } finally {
    await agent.stop();
    agent.clean();
    await collector.value.close();
  }
}

type Client = ReturnType<typeof askAgent>;

async function read(client: Client): Promise<Status> {
  const answer = await client.status();
  if (!answer.ok) throw new Error(JSON.stringify(answer.error));
  return answer.value;
}

async function isUnderLoad(client: Client): Promise<boolean> {
  const answer = await client.status();
  if (!answer.ok) return false; // the agent does not listen yet
  const { plugins } = answer.value;
  return plugins.filter(({ state }) => state === 'hung').length === 100 && runsOf(answer.value) > 1;
}

function runsOf({ plugins }: Status): number {
  return plugins.find(({ file }) => file === 'talks.sh')?.runs ?? 0;
}

function figures(times: readonly number[]): string {
  const shown = (part: number) => percentile(times, part).toFixed(1);
  return `p50 ${shown(0.5)} ms, p99 ${shown(0.99)} ms, max ${shown(1)} ms`;
}

function percentile(times: readonly number[], part: number): number {
  return times.toSorted((a, b) => a - b)[Math.ceil(part * times.length) - 1] ?? 0;
}

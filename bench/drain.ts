import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { backlogSample, makeBacklog } from './backlog.ts';
import { startCollector } from './collector.ts';
import { drainOverHttp, type HttpDrain } from './drain-http.ts';
import { readProcessMemory } from './process-cpu.ts';
import type { Bench } from './section.ts';
import { median, spread } from './statistics.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

const rounds = 3;
const backlog = 1_000_000;

/** The figures of one drain. `peakMiB` is the agent's largest resident memory. */
type Drain = { readonly seconds: number; readonly peakMiB: number; readonly isInOrder: boolean };

/** Measures how a backlog goes from the spool to a collector. */
export const drain: Bench = {
  name: 'drain',
  title: 'A backlog drains',
  async run(say) {
    const ratios: number[] = [];
    const rates: number[] = [];
    const peaks: number[] = [];
    const [lines, remote]: [HttpDrain[], HttpDrain[]] = [[], []];
    for (let round = 1; round <= rounds; round += 1) {
      const rawSeconds = await writeRaw(backlog);
      const { seconds, peakMiB, isInOrder } = await drainOnce(backlog);
      if (!isInOrder) throw new Error('the backlog arrived out of order');
      ratios.push(seconds / rawSeconds);
      rates.push(backlog / seconds / 1000);
      peaks.push(peakMiB);
      lines.push(await drainOverHttp('influx', backlog));
      remote.push(await drainOverHttp('prometheus', backlog));
      say(`drain ${round}: ${seconds.toFixed(2)} s, raw ${rawSeconds.toFixed(2)} s, peak ${peakMiB.toFixed(0)} MiB`);
    }
    const remoteRatios = remote.map(({ seconds: own }, round) => own / (lines[round]?.seconds ?? Number.NaN));
    const overHttp = (drains: readonly HttpDrain[]) =>
      `${spread(
        drains.map(({ seconds }) => seconds),
        2,
      )} s, ${drains[0]?.bytesASample.toFixed(0)} bytes a sample`;
    const text = `${backlog.toLocaleString('en')} samples go from the spool to a collector, with one connection for each 5,000. Yardstick: the
same lines, made beforehand, written to the same collector on one connection.

- takes ${spread(ratios, 1)} times as long as the yardstick
- ${spread(rates, 0)} thousand samples a second
- largest memory of the agent: ${spread(peaks, 0)} MiB

The same samples to a server over HTTP that accepts everything, with one request for each 5,000.

- InfluxDB's line protocol: ${overHttp(lines)}
- Prometheus' remote write: ${overHttp(remote)}`;
    const what = "remote write, compared with InfluxDB's lines";
    return { text, limits: [{ what, measured: median(remoteRatios), allowed: 2, unit: ' times', digits: 2 }] };
  },
};

/**
 * Lets the built agent drain a backlog into the collector, and measures from the first batch to
 * the last that the collector closed on.
 */
async function drainOnce(samples: number): Promise<Drain> {
  const dir = mkdtempSync(join(tmpdir(), 'instrument-bench-'));
  makeBacklog(join(dir, 'state'), samples);
  const collector = await startCollector();
  const agent = spawn(
    process.execPath,
    [
      join(root, 'dist', 'main.js'),
      '-k',
      'KEY',
      '-c',
      `tcp://127.0.0.1:${collector.port}`,
      '--state-dir',
      join(dir, 'state'),
      '-f',
      join(root, 'bench', 'quiet.ini'),
    ],
    { env: { PATH: process.env['PATH'], HOME: dir }, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  let arrived = 0;
  let isInOrder = true;
  let startedMs = 0;
  await new Promise<void>((resolve, reject) => {
    agent.once('close', (status) => reject(new Error(`the agent ended with ${status}`)));
    collector.onDelivery(({ lines, first, last }) => {
      if (startedMs === 0) startedMs = performance.now(); // the time counts from the end of the first batch
      if (first !== arrived) isInOrder = false;
      arrived += lines;
      if (last !== arrived - 1) isInOrder = false;
      if (arrived >= samples) resolve();
    });
  });
  const seconds = (performance.now() - startedMs) / 1000;
  const { peakMiB } = readProcessMemory(agent.pid ?? 0);
  await end(agent);
  await collector.stop();
  rmSync(dir, { recursive: true, force: true });
  return { seconds, peakMiB, isInOrder };
}

/**
 * The yardstick, in seconds: the same lines, made beforehand, in writes of a thousand, on one
 * connection to the same collector.
 */
async function writeRaw(samples: number): Promise<number> {
  const collector = await startCollector();
  const parts: string[] = [];
  for (let first = 0; first < samples; first += 1000) {
    let part = '';
    for (let index = first; index < Math.min(samples, first + 1000); index += 1) {
      const { metric, value, atS } = backlogSample(index);
      part += `gauge ${metric} ${value} ${atS} 1\n`;
    }
    parts.push(part);
  }
  const socket = connect(collector.port, '127.0.0.1');
  await once(socket, 'connect');
  const startedMs = performance.now();
  socket.write('hello x\nauthenticate KEY\n');
  for (const part of parts) if (!socket.write(part)) await once(socket, 'drain');
  socket.end();
  socket.resume();
  await once(socket, 'close');
  const seconds = (performance.now() - startedMs) / 1000;
  await collector.stop();
  return seconds;
}

async function end(child: ChildProcess): Promise<void> {
  const closed = once(child, 'close');
  child.kill('SIGTERM');
  await closed;
}

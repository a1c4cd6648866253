import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { backlogSample, makeBacklog } from './backlog.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** How one drain went. `peakMiB` is the agent's largest resident memory. */
export type Drain = { readonly seconds: number; readonly peakMiB: number; readonly isInOrder: boolean };

/** Starts the collector of `peer.ts`. */
export async function startPeer(): Promise<{ readonly child: ChildProcess; readonly port: number; readonly lines: Interface }> {
  const child = spawn(process.execPath, ['--import', 'tsx', join(root, 'bench', 'peer.ts')], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  const [port] = await once(lines, 'line');
  return { child, port: Number(port), lines };
}

/** Lets the built agent drain a backlog into the peer: from its first connection to the last batch that the peer closed on. */
export async function drain(samples: number): Promise<Drain> {
  const dir = mkdtempSync(join(tmpdir(), 'instrument-bench-'));
  makeBacklog(join(dir, 'state'), samples);
  const peer = await startPeer();
  const agent = spawn(
    process.execPath,
    [
      join(root, 'dist', 'main.js'),
      '-k',
      'KEY',
      '-c',
      `tcp://127.0.0.1:${peer.port}`,
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
    peer.lines.on('line', (line) => {
      const [count = 0, first, last] = line.split(' ').map(Number);
      if (startedMs === 0) startedMs = performance.now(); // the clock starts behind the first batch
      if (first !== arrived) isInOrder = false;
      arrived += count;
      if (last !== arrived - 1) isInOrder = false;
      if (arrived >= samples) resolve();
    });
  });
  const seconds = (performance.now() - startedMs) / 1000;
  const peakMiB = Number(/^VmHWM:\s*(\d+)/m.exec(readFileSync(`/proc/${agent.pid}/status`, 'latin1'))?.[1] ?? 0) / 1024;
  await end(agent);
  await end(peer.child);
  rmSync(dir, { recursive: true, force: true });
  return { seconds, peakMiB, isInOrder };
}

/** The yardstick: the same lines, made beforehand, in writes of a thousand, on one connection to the same peer. In seconds. */
export async function writeRaw(samples: number): Promise<number> {
  const peer = await startPeer();
  const parts: string[] = [];
  for (let first = 0; first < samples; first += 1000) {
    let part = '';
    for (let index = first; index < Math.min(samples, first + 1000); index += 1) {
      const { metric, value, atS } = backlogSample(index);
      part += `gauge ${metric} ${value} ${atS} 1\n`;
    }
    parts.push(part);
  }
  const socket = connect(peer.port, '127.0.0.1');
  await once(socket, 'connect');
  const startedMs = performance.now();
  socket.write('hello x\nauthenticate KEY\n');
  for (const part of parts) if (!socket.write(part)) await once(socket, 'drain');
  socket.end();
  socket.resume();
  await once(socket, 'close');
  const seconds = (performance.now() - startedMs) / 1000;
  await end(peer.child);
  return seconds;
}

async function end(child: ChildProcess): Promise<void> {
  const closed = once(child, 'close');
  child.kill('SIGTERM');
  await closed;
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { batchSamples } from '../src/sender/batcher.ts';
import { makeBacklog } from './backlog.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Sinks over HTTP that a backlog is drained into, with the keys that they need beside `url`. */
export const httpSinks = { influx: 'database = bench\n', prometheus: '' } as const;

/**
 * How long a backlog took from the end of the first batch to the last, and how long its samples
 * are.
 */
export type HttpDrain = { readonly seconds: number; readonly bytesASample: number };

/** Lets the built agent drain a backlog into a server over HTTP that accepts everything. */
export async function drainOverHttp(sink: keyof typeof httpSinks, samples: number): Promise<HttpDrain> {
  const dir = mkdtempSync(join(tmpdir(), 'instrument-bench-'));
  makeBacklog(join(dir, 'state'), samples, sink);
  const server = spawn(process.execPath, ['--import', 'tsx', join(root, 'bench', 'http-peer.ts')], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: server.stdout });
  const [port] = await once(lines, 'line');
  const file = join(dir, 'agent.ini');
  const quiet = '[agent]\nhostname = bench-host\nhost_metrics = false\nreport_interval = 1h\n';
  writeFileSync(file, `${quiet}[sink:${sink}]\nurl = http://127.0.0.1:${port}\n${httpSinks[sink]}`);
  const agent = spawn(
    process.execPath,
    [join(root, 'dist', 'main.js'), '--state-dir', join(dir, 'state'), '-f', file],
    { env: { PATH: process.env['PATH'], HOME: dir }, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  let [requests, bytes, startedMs] = [0, 0, 0];
  await new Promise<void>((resolve, reject) => {
    agent.once('close', (status) => reject(new Error(`the agent ended with ${status}`)));
    lines.on('line', (line) => {
      if (requests === 0) startedMs = performance.now();
      requests += 1;
      bytes += Number(line);
      if (requests >= samples / batchSamples) resolve();
    });
  });
  const seconds = (performance.now() - startedMs) / 1000;
  for (const child of [agent, server]) {
    const closed = once(child, 'close');
    child.kill('SIGTERM');
    await closed;
  }
  rmSync(dir, { recursive: true, force: true });
  return { seconds, bytesASample: bytes / samples };
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/**
 * What one connection carried that ended in order: the number of lines, and the values of the
 * first and the last.
 */
export type CollectorDelivery = { readonly lines: number; readonly first: number; readonly last: number };

/** The collector of `peer.ts`, in a separate process. */
export type Collector = {
  readonly port: number;
  /** How many lines have arrived so far. */
  received(): number;
  /**
   * Resolves once `lines` lines have arrived in all, with the time at which this process learnt
   * it, in ms.
   */
  whenReceived(lines: number): Promise<number>;
  /** Called at each delivery. */
  onDelivery(fn: (delivery: CollectorDelivery) => void): void;
  stop(): Promise<void>;
};

/** Starts the collector. */
export async function startCollector(): Promise<Collector> {
  const child = spawn(process.execPath, ['--import', 'tsx', fileURLToPath(new URL('peer.ts', import.meta.url))], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const leave = () => child.kill(); // so that a bench that fails leaves no collector behind
  process.once('exit', leave);
  const lines = createInterface({ input: child.stdout });
  const [port] = await once(lines, 'line');
  const listeners = new Set<(delivery: CollectorDelivery) => void>();
  let received = 0;
  lines.on('line', (line) => {
    const [count = 0, first = Number.NaN, last = Number.NaN] = line.split(' ').map(Number);
    received += Math.max(0, count);
    for (const listener of [...listeners]) listener({ lines: count, first, last });
  });
  return {
    port: Number(port),
    received: () => received,
    whenReceived: (least) =>
      new Promise((resolve) => {
        const look = () => {
          if (received < least) return;
          listeners.delete(look);
          resolve(Date.now());
        };
        listeners.add(look);
        look();
      }),
    onDelivery: (fn) => void listeners.add(fn),
    async stop() {
      const closed = once(child, 'close');
      child.kill('SIGTERM');
      await closed;
      process.off('exit', leave);
    },
  };
}

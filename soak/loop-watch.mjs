import { readFileSync, writeFileSync } from 'node:fs';

/**
 * Loaded into the agent with --import. Every 2 ms it notes how long the event loop took to come
 * back: by the clock, and by the processor time of the main thread, which is what the agent itself
 * did; the rest is waiting for a disk or for a processor. At SIGUSR2 it writes the figures since the
 * last SIGUSR2 to $LOOP_WATCH_FILE, in ms.
 */
const everyMs = 2;
const stat = `/proc/self/task/${process.pid}/schedstat`;
const cpuMs = () => Number(readFileSync(stat, 'latin1').split(' ')[0]) / 1e6;
let turns = [];
let [lastMs, lastCpuMs] = [performance.now(), cpuMs()];
setInterval(() => {
  const [nowMs, nowCpuMs] = [performance.now(), cpuMs()];
  turns.push([nowMs - lastMs - everyMs, nowCpuMs - lastCpuMs]);
  [lastMs, lastCpuMs] = [nowMs, nowCpuMs];
}, everyMs).unref();
process.on('SIGUSR2', () => {
  const figures = (at) => {
    const sorted = turns.map((turn) => Math.max(0, turn[at])).sort((a, b) => a - b);
    return { p99: sorted[Math.floor(sorted.length * 0.99)] ?? 0, max: sorted.at(-1) ?? 0 };
  };
  const rssKb = Number(/^VmRSS:\s*(\d+)/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1]);
  const peakKb = Number(/^VmHWM:\s*(\d+)/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1]);
  writeFileSync(process.env.LOOP_WATCH_FILE, JSON.stringify({ wall: figures(0), cpu: figures(1), rssKb, peakKb }));
  turns = [];
});

import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Loaded into the agent with --import: at SIGUSR2, writes by how many ms its event loop was late since the last one to $LOOP_DELAY_FILE. */
const resolutionMs = 1;
const delays = monitorEventLoopDelay({ resolution: resolutionMs });
delays.enable();
process.on('SIGUSR2', () => {
  const late = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - resolutionMs);
  const figures = { p50: late(delays.percentile(50)), p99: late(delays.percentile(99)), max: late(delays.max) };
  delays.reset();
  writeFileSync(process.env.LOOP_DELAY_FILE, JSON.stringify(figures));
});

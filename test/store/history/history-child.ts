import { writeSync } from 'node:fs';
import { openHistoryIn, tick } from './set-up.ts';

/**
 * An agent's store with a history in its own process, to be ended with SIGKILL. Arguments:
 * `FOLDER START_MS`. Prints `committed COUNT` after each tick of 1,000 metrics.
 */
const [dir = '', startMs = '0'] = process.argv.slice(2);
const at = openHistoryIn(dir, { startMs: Number(startMs) });
writeSync(1, 'ready\n');
for (let count = 1; ; count += 1) {
  tick(at, 1, 1000);
  writeSync(1, `committed ${count}\n`);
  // half of the time until the next tick, so that some steps are made
  for (let step = 0; step < 15; step += 1) at.clock.advance(1000);
}

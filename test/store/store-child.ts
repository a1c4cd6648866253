import { writeSync } from 'node:fs';
import { systemClock } from '../../src/io/clock.ts';
import { finish, openIn, samplesOf } from './set-up.ts';

/**
 * An agent's store in its own process, to be ended with SIGKILL. Arguments: `FOLDER FIRST`.
 * Counts up from FIRST: each number is the sample and the output of a run. Prints `committed N`
 * when all below N are on disk, `accepted N` when the sink `a` has passed N samples.
 */
const [dir = '', first = '0'] = process.argv.slice(2);
const { store, clock } = openIn(dir, { startMs: systemClock.nowMs() });
const say = (text: string) => void writeSync(1, `${text}\n`);
say('ready');
let next = Number(first);
let accepted = 0;
for (let round = 0; ; round += 1) {
  for (let run = 0; run <= round % 4; run += 1) {
    finish(store, `p${next % 3}`, { stdout: `run ${next}`, values: [next], endedAt: next });
    next += 1;
    if (round % 5 === 0) {
      store.append(samplesOf([next]));
      next += 1;
    }
  }
  if (round % 2 === 0) store.flush();
  else clock.advance(50);
  say(`committed ${next}`);
  if (round % 3 === 0) {
    const view = store.view('a');
    const batch = view.peek(5000);
    if (batch) {
      view.accept(batch);
      accepted += batch.samples.length;
      say(`accepted ${accepted}`);
    }
  }
}

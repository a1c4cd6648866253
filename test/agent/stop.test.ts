import { expect, test } from 'vitest';
import { holdFifo } from '../helpers/hold-fifo.ts';
import { installPlugin } from '../helpers/install-plugin.ts';
import { pidsWith, untilEach } from '../helpers/processes.ts';
import { makeHome, testDaemon } from '../helpers/test-daemon.ts';

test('a stop while 20 plugins hang takes one stop_grace, not a moment of the clock more, and touches none of them', async () => {
  const home = makeHome();
  const hold = holdFifo();
  const names = Array.from({ length: 20 }, (_, index) => `hangs-${index}`);
  const paths = names.map((as) => installPlugin(home.scripts, 'waits-on-fifo', { as }));
  const agent = testDaemon(home, { maxConcurrency: 20, stopGraceMs: 5000 }, { HOLD_FIFO: hold.path });
  agent.tick();
  const before = await untilEach(paths, 1);
  const stopped = agent.stop();
  agent.clock.advance(5000);
  await stopped;
  expect(agent.events.of('daemon.stopped')).toMatchObject([{ runsLeft: 20 }]);
  expect(paths.flatMap(pidsWith)).toEqual(before);
  hold.release(20);
  await untilEach(paths, 0);
});

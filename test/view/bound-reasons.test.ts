import { expect, test } from 'vitest';
import { adviceOnDescriptors } from '../../src/view/bound-reasons.ts';
import { reasonsOf } from '../../src/view/reasons.ts';
import { known, running } from './set-up.ts';

test('a lack of descriptors names the limit, what is left of it, and what a person can do', () => {
  expect(adviceOnDescriptors(128, 1).sentence).toBe(
    'no file descriptors are left for more runs: the limit of 128 (ulimit -n) leaves enough for 1 run at a time; ' +
      'raise LimitNOFILE= of the service, or ulimit -n in the shell that starts the agent, and restart it; ' +
      'or end the runs that are hung',
  );
});

test('a plugin that waits while descriptors are short says so, and not that slots are', () => {
  const shortage = adviceOnDescriptors(128, 20);
  const [waiting] = reasonsOf(known({ currentRun: running(60, { state: 'waiting', skips: 1 }), shortage }));
  expect(waiting?.kind).toBe('waiting');
  expect(waiting?.sentence).toMatch(/^1 tick was skipped: it waits .*; no file descriptors are left for more runs: /);
});

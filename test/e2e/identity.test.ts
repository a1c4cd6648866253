import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { walkIdentity } from '../helpers/identity-walk.ts';
import { pidsMarked } from '../helpers/processes.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { moment } from '../helpers/turns.ts';

// The soak `identity` does 300 things in place of 12.
test('whatever is done to it and to its files, no two agents run, no plugin runs twice, and all commands agree', async () => {
  const dir = tempDir();
  const left = () => pidsMarked(mark, join(dir, 'state'));
  const mark = `INSTRUMENT_TEST_MARK=${process.pid}-walk`;
  onTestFinished(async () => {
    for (const pid of left()) process.kill(pid, 'SIGKILL');
    while (left().length > 0) await moment();
  });
  const { problems, runs } = await walkIdentity(7, 12, dir, mark);
  expect(problems).toEqual([]);
  expect(runs).toBeGreaterThan(0);
}, 120_000);

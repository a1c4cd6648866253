import { expect, onTestFinished, test } from 'vitest';
import { walkIdentity } from '../helpers/identity-walk.ts';
import { pidsMarked } from '../helpers/processes.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { moment } from '../helpers/turns.ts';

test('whatever is done to it and to its files, no two agents run, no plugin runs twice, and all commands agree', async () => {
  const mark = `INSTRUMENT_TEST_MARK=${process.pid}-walk`;
  onTestFinished(async () => {
    for (const pid of pidsMarked(mark)) process.kill(pid, 'SIGKILL');
    while (pidsMarked(mark).length > 0) await moment();
  });
  const { problems, runs } = await walkIdentity(7, 20, tempDir(), mark);
  expect(problems).toEqual([]);
  expect(runs).toBeGreaterThan(0);
}, 120_000);

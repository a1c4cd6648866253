import { expect, test } from 'vitest';
import { runFaults } from '../helpers/fault-run.ts';
import { tempDir } from '../helpers/temp-dir.ts';

// Each takes 10 to 15 s of real time, most of it spent waiting: side by side they cost the suite
// no more than one.
for (const seed of [1, 2, 3]) {
  test.concurrent(`every number that a plugin printed arrives with one time, none is left behind, and none comes twice without a cause: seed ${seed}`, async ({
    onTestFinished,
  }) => {
    const dir = tempDir(onTestFinished);
    const report = await runFaults({ seed, durationMs: 10_000, dir, onCleanup: onTestFinished });
    expect(report.problems).toEqual([]);
    expect(report.kills).toBe(2);
    expect(report.failures).toBeGreaterThan(0); // or nothing was put to the test
    expect(report.repeatedBatches).toBeLessThanOrEqual(report.failures);
  }, 90_000);
}

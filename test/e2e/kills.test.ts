import { expect, test } from 'vitest';
import { killRounds } from '../helpers/kill-rounds.ts';
import { tempDir } from '../helpers/temp-dir.ts';

test('no run is doubled when agents are killed with runs of any age in flight, whatever the scripts have executed or redirected by then', async () => {
  let step = 0;
  const at = () => (step++ * 0.381966) % 1; // spread over the range, the same at each run of the test
  const { runs, survived, doubled } = await killRounds(tempDir(), { rounds: 8, plugins: 16, at });
  expect(doubled).toEqual([]);
  expect(runs).toBeGreaterThan(16);
  expect(survived).toBeGreaterThan(16);
});

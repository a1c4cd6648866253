import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { collectdFilter } from '../../src/formats/filters.ts';
import { readWhole } from '../../src/formats/native.ts';
import { unixSeconds } from '../../src/model/sample.ts';
import { fixture } from '../helpers/install-plugin.ts';

const context = { prefix: 'h.p', endedAtS: unixSeconds(1_700_000_000), truncated: false };

test('the filter that is advised makes samples of what a plugin of collectd prints', () => {
  const input = readFileSync(join(fixture('output'), 'looks-like-collectd', 'stdout'));
  const stdout = execFileSync('/bin/sh', ['-c', collectdFilter], { input });
  expect(readWhole(stdout, context).summary.badLines.count).toBe(0);
  expect(stdout.toString().trimEnd().split('\n')).toEqual([
    'exec-queue.gauge-depth 5',
    'df-root.df_complex-free 1.5e3',
  ]);
});

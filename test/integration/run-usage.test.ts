import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runToEnd, startProgram } from '../helpers/agent.ts';
import { writePlugin } from '../helpers/install-plugin.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { makeHome } from '../helpers/test-daemon.ts';
import { findProgram } from './servers/server.ts';
import { titleOf } from './set-up.ts';

const time = findProgram('time');
const hundredthS = 0.01; // `time` cuts what is less, of each of its two figures
const memoryBytes = 300 * 1024 ** 2;

describe.skipIf(time === null)(titleOf('the figures of a run', { time }), () => {
  test('agree with those of time(1): CPU within 10 ms, memory to the page', async () => {
    const home = makeHome();
    const file = join(tempDir(), 'time');
    const work = `awk "BEGIN { while (i < 2500000) i++ }"; dd if=/dev/zero of=/dev/null count=1 bs=${memoryBytes}`;
    writePlugin(home.scripts, 'burn.sh', `#!/bin/sh\nexec ${time} -v -o '${file}' sh -c '${work}; echo x 1' 2>&-\n`);
    const flags = ['-H', 'h', '-s', home.scripts, '--state-dir', home.state];
    const agent = startProgram([...flags, '-e', '-r', '3600', '--debug'], { env: { HOME: home.state } });
    await agent.event('plugin.added');
    const ran = await runToEnd([...flags, 'run', 'burn.sh', '--json'], { HOME: home.state });
    const { cpuS, peakMemoryBytes, ranBy } = JSON.parse(ran.stdout);
    expect(ranBy).toBe('agent');
    const figure = (name: string) =>
      Number(new RegExp(`${name}.*: ([\\d.]+)$`, 'm').exec(readFileSync(file, 'utf8'))?.[1]);
    const leastS = figure('User time') + figure('System time');
    expect(leastS).toBeGreaterThan(0.1);
    expect(cpuS).toBeGreaterThanOrEqual(leastS - hundredthS);
    expect(cpuS).toBeLessThan(leastS + 2 * hundredthS + hundredthS);
    expect(peakMemoryBytes).toBe(figure('Maximum resident set size') * 1024);
  });
});

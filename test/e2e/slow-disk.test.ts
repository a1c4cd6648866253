import { execFileSync, spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { runToEnd, startProgram } from '../helpers/agent.ts';
import { countedPlugin, countedValues, upTo } from '../helpers/counted-plugin.ts';
import { fakeCollector } from '../helpers/fake-collector.ts';
import { secrets } from '../helpers/secrets.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { makeHome } from '../helpers/test-daemon.ts';

const noCompiler = process.platform === 'linux' && spawnSync('cc', ['--version']).status === 0 ? null : 'no C compiler';

test.skipIf(noCompiler !== null)(
  `on a disk whose every fsync takes half a second, ticks go on, status answers, and each sample arrives once${noCompiler ? ` (skipped: ${noCompiler})` : ''}`,
  async () => {
    const home = makeHome();
    const dir = tempDir();
    const [library, calls] = [join(dir, 'slow.so'), join(dir, 'calls')];
    const source = fileURLToPath(new URL('../helpers/slow-calls.c', import.meta.url));
    execFileSync('cc', ['-shared', '-fPIC', '-o', library, source]);
    const collector = await fakeCollector();
    onTestFinished(collector.close);
    const plugin = countedPlugin(home.scripts, dir);
    const flags = ['-e', '-s', home.scripts, '--state-dir', home.state, '-r', '1', '-H', 'h', '--debug'];
    const target = ['-k', secrets.apiKey, '-c', `tcp://127.0.0.1:${collector.port}`];
    const agent = startProgram([...flags, ...target], {
      env: { HOME: home.state, LD_PRELOAD: library, SLOW_CALLS: calls },
    });
    await collector.until(({ lines }) => countedValues(lines).length >= 6);
    const { status, stdout } = await runToEnd([...flags, 'status'], { HOME: home.state });
    expect([status, stdout]).toEqual([0, expect.stringContaining('1 of 1 report')]);
    agent.process.kill('SIGTERM');
    expect([await agent.exit, agent.stderr()]).toEqual([0, '']);
    const values = countedValues(collector.lines);
    expect(values).toEqual(upTo(values.length));
    expect(plugin.isDoubled()).toBe(false);
    const count = (name: string) => agent.log.filter(({ event }) => event === name).length;
    expect(values.length).toBe(count('run.finished'));
    expect(statSync(calls).size).toBeGreaterThan(values.length);
  },
);

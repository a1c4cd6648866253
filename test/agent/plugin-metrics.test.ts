import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { MeasuredPlugins } from '../../src/agent/plugin-metrics.ts';
import type { AgentEvent } from '../../src/model/event.ts';
import { unixSeconds } from '../../src/model/sample.ts';
import { mostPlugins } from '../../src/view/plugin-metrics.ts';
import type { StatusSources } from '../../src/view/status.ts';
import { installPlugin } from '../helpers/install-plugin.ts';
import { makeHome, type TestDaemon, testDaemon } from '../helpers/test-daemon.ts';
import { turn } from '../helpers/turns.ts';
import { script } from '../view/set-up.ts';
import { statusParts } from '../view/status-parts.ts';

/** What the next tick prints of plugins: `NAME.X VALUE`. */
async function tickAndRead(agent: TestDaemon, files: readonly string[], enough: string): Promise<readonly string[]> {
  const before = agent.samples.length;
  const read = () =>
    agent.samples
      .slice(before)
      .flatMap((line) => /^testhost\.instrument_server\.plugin\.(\S+ \S+)/.exec(line)?.[1] ?? []);
  await agent.tickAndFinish(...files);
  while (!read().includes(enough)) {
    agent.clock.advance(1);
    await turn();
  }
  return read();
}

test('each plugin is measured at the tick, as of before its runs; without labels, no info is printed', async () => {
  const home = makeHome();
  for (const name of ['two-gauges', 'exits-3']) installPlugin(home.scripts, name);
  const agent = testDaemon(home, { pluginMetrics: true });
  const first = await tickAndRead(agent, ['two-gauges', 'exits-3'], 'exits-3.up 0');
  expect(first).toContain('two-gauges.state.pending 1');
  const second = await tickAndRead(agent, ['two-gauges', 'exits-3'], 'exits-3.state.failing 1');
  for (const line of ['two-gauges.up 1', 'two-gauges.state.pending 0', 'two-gauges.state.ok 1', 'two-gauges.samples 2'])
    expect(second).toContain(line);
  expect(second).toEqual(expect.arrayContaining(['exits-3.exit_status 3', 'exits-3.skips_total 0', 'exits-3.up 0']));
  const cpuS = Number(second.find((line) => line.startsWith('two-gauges.cpu_seconds '))?.split(' ')[1]);
  expect(agent.status().plugins.find(({ file }) => file === 'two-gauges')?.lastRun?.cpuS).toEqual(expect.any(Number));
  expect(cpuS).toBeGreaterThan(0);
  rmSync(join(home.scripts, 'exits-3'));
  const third = await tickAndRead(agent, ['two-gauges'], 'exits-3.up 0');
  expect(third.filter((line) => line.startsWith('exits-3'))).toEqual(['exits-3.up 0', 'exits-3.state.failing 0']);
  expect([...first, ...second, ...third].filter((line) => line.includes('.info'))).toEqual([]);
});

test('plugins are measured from the tick on after that was switched on, and no more after it was switched off', async () => {
  const home = makeHome();
  installPlugin(home.scripts, 'two-gauges');
  const agent = testDaemon(home);
  await agent.tickAndFinish('two-gauges');
  agent.reload({ pluginMetrics: true });
  expect(agent.samples.join()).not.toContain('instrument_server');
  await tickAndRead(agent, ['two-gauges'], 'two-gauges.up 1');
  agent.reload({ pluginMetrics: false });
  const before = agent.samples.length;
  await agent.tickAndFinish('two-gauges');
  await agent.untilSamples(before + 2);
  expect(agent.samples.slice(before).join()).not.toContain('instrument_server');
});

test('that plugins have no metrics is reported once, and again after there were fewer', async () => {
  const home = makeHome();
  const events: AgentEvent[] = [];
  let scripts: StatusSources['scripts'] = [];
  const sources = () => ({ ...statusParts(home), scripts });
  const plugins = new MeasuredPlugins(async () => null, { sources, append() {}, emit: (event) => events.push(event) });
  for (const count of [2, 2, 0, 1]) {
    scripts = Array.from({ length: mostPlugins + count }, (_, index) => script(`p${index}`));
    await plugins.measure({ atS: unixSeconds(6e8) });
  }
  const unmeasured = { event: 'plugins.unmeasured', mostPlugins };
  expect(events).toEqual([
    { ...unmeasured, leftOut: 2 },
    { ...unmeasured, leftOut: 1 },
  ]);
});

test('a tick that comes while the plugins of the last one are measured is left out', async () => {
  const home = makeHome();
  let appended = 0;
  const sources = () => {
    void plugins.measure({ atS: unixSeconds(6e8 + 1) });
    return { ...statusParts(home), scripts: [script('p')] };
  };
  const append = () => {
    appended += 1;
  };
  const plugins = new MeasuredPlugins(async () => null, { sources, append, emit() {} });
  await plugins.measure({ atS: unixSeconds(6e8) });
  expect(appended).toBe(1);
});

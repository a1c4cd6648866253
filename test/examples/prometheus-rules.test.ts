import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { prometheusWalk } from '../../src/dashboard/prometheus.ts';
import { atOnce } from '../../src/io/walk.ts';
import { unixSeconds } from '../../src/model/sample.ts';
import { selfSamples } from '../../src/view/self-metrics.ts';
import { createView } from '../../src/view/view.ts';
import { pageText, projectRoot } from '../helpers/pages.ts';
import { nowOf } from '../helpers/status-now.ts';
import { findProgram } from '../integration/servers/server.ts';
import { titleOf } from '../integration/set-up.ts';
import { sampleStatus } from '../view/sample.ts';

const path = `${projectRoot}examples/alerting/instrument_server.rules.yml`;
const rules = readFileSync(path, 'utf8');
const alerts = rules.split(/^ +- alert: /m).slice(1);

/** The names that `/metrics` has, with the agent's own metrics. */
function servedNames(): ReadonlySet<string> {
  const status = sampleStatus();
  const place = { hostname: status.hostname, atS: unixSeconds(status.atS) };
  const samples = selfSamples(createView({ nowMs: () => 0 }), [], { rssBytes: 1, cpuS: 1 }, place);
  const metrics = samples.map(({ metric, value }) => ({ metric, lastAtS: status.atS, lastValue: value }));
  const text = Buffer.concat(atOnce(prometheusWalk(metrics, nowOf(status)))).toString();
  return new Set([...text.matchAll(/^(\w+)\{/gm)].map(([, name = '']) => name));
}

test('every metric that a rule asks for is one that /metrics has', () => {
  const asked = [...rules.matchAll(/^ +expr: (.*)$/gm)].flatMap(
    ([, expression = '']) => expression.match(/\binstrument_server_\w+/g) ?? [],
  );
  const names = servedNames();
  expect(asked.length).toBeGreaterThan(8);
  expect(asked.filter((name) => !names.has(name))).toEqual([]);
});

test('every rule has a severity, says what is wrong and where, and is on the page', () => {
  const page = pageText('docs/alerting.md');
  for (const body of alerts) {
    const name = /^\w+/.exec(body)?.[0];
    expect(body, name).toMatch(/^ +severity: (warning|critical)$/m);
    expect(body, name).toMatch(/^ +summary: ".*\{\{ \$labels\.(host|instance) \}\}.*"\n +description: ".*\."$/m);
    expect(page).toContain(`\`${name}\``);
  }
});

// Prometheus' own tool: Debian has it in the package prometheus, with a server of 96 MB
const promtool = findProgram('promtool');
test.skipIf(promtool === null)(titleOf('promtool finds no fault in the rules', { promtool }), () => {
  expect(spawnSync('promtool', ['check', 'rules', path], { encoding: 'utf8', timeout: 30_000 })).toMatchObject({
    status: 0,
  });
});

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { spanAt } from '../../packaging/alerts/alert.ts';
import { dashboardParts } from '../../packaging/alerts/dashboard.ts';
import { alertGroups, ruleFile } from '../../packaging/alerts/rule-file.ts';
import { projectRoot } from '../helpers/pages.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { findProgram } from '../integration/servers/server.ts';
import { makeVictoriaMetrics, victoriaMetricsProgram } from '../integration/servers/victoria-metrics.ts';
import { titleOf } from '../integration/set-up.ts';
import { withValues } from './alerts/grafana-values.ts';

const rules = join(projectRoot, 'packaging/alerts/instrument_server.rules.yml');
const cases = ['instrument_server.rules', 'after-a-day'].map((name) =>
  join(projectRoot, `test/packaging/alerts/${name}.test.yml`),
);
const promtool = findProgram('promtool'); // Debian has it in the package prometheus
const vmalert = findProgram('vmalert'); // in victoria-metrics

const ofDashboard = dashboardParts.flatMap(([, panels]) =>
  panels.flatMap(({ queries }) => queries.map(([expression]) => withValues(expression))),
);
const ofRules = alertGroups.flatMap(({ alerts }) => alerts.map(({ expression }) => expression(spanAt(1))));

/** What a program says of a file, and its status. */
function verdict(program: string, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', timeout: 60_000 });
  return { status, said: `${stdout}${stderr}` };
}

describe.skipIf(promtool === null)(titleOf('promtool', { promtool }), () => {
  test('finds no fault in the rules, nor in those that are made shorter for a test', () => {
    const shorter = join(tempDir(), 'shorter.yml');
    writeFileSync(shorter, ruleFile(60));
    for (const path of [rules, shorter])
      expect(verdict('promtool', 'check', 'rules', '--lint=all', '--lint-fatal', path)).toMatchObject({ status: 0 });
  });

  test('says that each alert fires for its fault, with these words, and for no other', () => {
    expect(verdict('promtool', 'test', 'rules', ...cases)).toMatchObject({ status: 0 });
  });

  test('understands every expression of the dashboard', () => {
    const expressions = dashboardParts.flatMap(([, panels]) => panels.flatMap(({ queries }) => queries));
    const records = expressions.map(([expression], index) => ({
      record: `panel:${index}`,
      expr: withValues(expression),
    }));
    const path = join(tempDir(), 'panels.yml');
    writeFileSync(path, JSON.stringify({ groups: [{ name: 'panels', rules: records }] })); // YAML contains JSON
    expect(verdict('promtool', 'check', 'rules', path)).toMatchObject({
      status: 0,
      said: expect.stringContaining(`${records.length} rules found`),
    });
  });
});

describe.skipIf(vmalert === null)(titleOf('vmalert', { vmalert }), () => {
  test('takes the rules as they are', () => {
    expect(verdict(vmalert ?? '', '-dryRun', `-rule=${rules}`)).toMatchObject({ status: 0 });
  });
});

describe.skipIf(victoriaMetricsProgram === null)(
  titleOf('VictoriaMetrics', { 'victoria-metrics': victoriaMetricsProgram }),
  () => {
    test('understands every expression of the rules and of the dashboard', async () => {
      const { url, start } = await makeVictoriaMetrics();
      await start();
      for (const expression of [...ofRules, ...ofDashboard]) {
        const answer = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query: expression })}`);
        expect({ expression, answer: await answer.text(), status: answer.status }).toMatchObject({ status: 200 });
      }
    });
  },
);

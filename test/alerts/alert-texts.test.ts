import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { alertingPage } from '../../docs/generate.ts';
import { spanAt } from '../../packaging/alerts/alert.ts';
import { dashboardFile } from '../../packaging/alerts/dashboard-file.ts';
import { reasonWords } from '../../packaging/alerts/reason-words.ts';
import { alertGroups, ruleFile, runbookOf } from '../../packaging/alerts/rule-file.ts';
import type { PluginState } from '../../src/model/status.ts';
import { stateTable } from '../../src/view/state-table.ts';
import { anchorsOf, pageText, projectRoot } from '../helpers/pages.ts';

const alerts = alertGroups.flatMap((group) => group.alerts);
const [pluginAlerts = []] = alertGroups.map((group) => group.alerts);
const stored = (path: string) => readFileSync(join(projectRoot, path), 'utf8');

test('the rules, the dashboard and the tables of the page are those of the table of alerts', () => {
  expect(stored('packaging/alerts/instrument_server.rules.yml')).toBe(ruleFile());
  expect(stored('packaging/alerts/grafana-dashboard.json')).toBe(dashboardFile());
  const page = pageText('docs/alerting.md');
  expect(page).toBe(alertingPage(page));
  expect(() => alertingPage('')).toThrow('docs/alerting.md has lost the marks around its table of alerts');
});

test('every alert names the host, says what to type there, and has a part of the page', () => {
  const anchors = anchorsOf(pageText('docs/alerting.md'));
  for (const alert of alerts) {
    expect(alert.summary, alert.name).toContain('{{ $labels.host }}');
    expect(alert.description, alert.name).toMatch(/On the host, type: (instrument_server |date -u)/);
    const [page, anchor] = runbookOf(alert).split('#');
    expect(page).toBe('docs/alerting.md');
    expect(anchors).toContain(anchor);
  }
  for (const { name, summary, description } of pluginAlerts.filter((alert) => alert.summary.includes('$labels.plugin')))
    expect(`${summary}\n${description}`, name).toMatch(
      /^\{\{ \$labels\.plugin \}\} on .*\n\{\{ \$labels\.plugin \}\} on .*status \{\{ \$labels\.plugin \}\}$/,
    );
});

test('every alert is seen to fire: by promtool, or where it needs times to come, in a real Prometheus', () => {
  const cases = stored('test/packaging/alerts/instrument_server.rules.test.yml').split('- alertname: ');
  const fired = cases.filter((text) => text.includes('exp_alerts:')).map((text) => text.split('\n')[0]);
  const inPrometheus = [...stored('test/integration/alerts.test.ts').matchAll(/alertname="(\w+)"/g)].map(
    ([, name]) => name,
  );
  expect(inPrometheus).toEqual(['InstrumentServerClockWrong']);
  expect([...new Set([...fired, ...inPrometheus])].sort()).toEqual(alerts.map(({ name }) => name).sort());
});

test('the page has a part for no other alert', () => {
  const parts = [...pageText('docs/alerting.md').matchAll(/^### (InstrumentServer\w+)$/gm)].map(([, name]) => name);
  expect(parts).toEqual(alerts.map(({ name }) => name));
});

/** The alert about a plugin in each state; null: none is needed. */
const alertOfState: Readonly<Record<PluginState, string | null>> = {
  suspended: 'InstrumentServerDirectorySuspended',
  rejected: 'InstrumentServerPluginRejected',
  hung: 'InstrumentServerPluginHung',
  failing: 'InstrumentServerPluginSilent',
  'bad-lines': 'InstrumentServerPluginGarbled',
  silent: 'InstrumentServerPluginSilent',
  slow: null,
  late: null, // by its count of skips
  disabled: null,
  'not-a-script': null,
  pending: null,
  ok: null,
};

test('each state and reason that is trouble belongs to one alert, which has words for the reason', () => {
  const matchers = pluginAlerts.flatMap((alert) => {
    const [, label, values] =
      /^(?:count by \(host\) \()?instrument_server_plugin_state\{(state|reason)=~?"([^"]+)"\} == 1\)?$/.exec(
        alert.expression(spanAt(1)),
      ) ?? [];
    return values === undefined ? [] : [{ alert, label, values: values.split('|') }];
  });
  for (const { state, kinds } of stateTable) {
    if (state === null) continue;
    for (const kind of kinds) {
      const fitting = matchers.filter(({ label, values }) => values.includes(label === 'state' ? state : kind));
      expect(
        fitting.map(({ alert }) => alert.name),
        `${state} ${kind}`,
      ).toEqual(alertOfState[state] === null ? [] : [alertOfState[state]]);
      for (const { alert } of fitting)
        if (alert.description.includes('$labels.reason'))
          expect(alert.description).toContain(`"${kind}" }}${reasonWords[kind]}{{`);
    }
  }
});

test('lengths of time are written as PromQL does, and shrink together for a test', () => {
  expect([1, 90, 120, 1200, 7200, 86_400, 86_460].map(spanAt(1))).toEqual([
    '1s',
    '90s',
    '2m',
    '20m',
    '2h',
    '1d',
    '1441m',
  ]);
  expect(spanAt(60)(90)).toBe('1500ms');
  const [shortened, whole] = [ruleFile(60), ruleFile()];
  expect(shortened.split('\n').length).toBe(whole.split('\n').length);
  expect(shortened).not.toMatch(/\[\d+[smhd]\]|for: \d+[smhd]\b|offset -?\d+[smhd]\b/);
});

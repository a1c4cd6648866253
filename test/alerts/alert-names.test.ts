import { expect, test } from 'vitest';
import { spanAt } from '../../packaging/alerts/alert.ts';
import { dashboardParts } from '../../packaging/alerts/dashboard.ts';
import { dashboardFile } from '../../packaging/alerts/dashboard-file.ts';
import { alertGroups } from '../../packaging/alerts/rule-file.ts';
import { prometheusWalk } from '../../src/dashboard/prometheus.ts';
import { atOnce } from '../../src/io/walk.ts';
import { type Sample, unixSeconds } from '../../src/model/sample.ts';
import type { StatusNow } from '../../src/model/status.ts';
import type { FiguresOf } from '../../src/view/plugin-figures.ts';
import { PluginSampler } from '../../src/view/plugin-metrics.ts';
import { selfSamples } from '../../src/view/self-metrics.ts';
import { createView } from '../../src/view/view.ts';
import { prometheusLabels, prometheusName } from '../../src/words/prometheus-names.ts';
import { nowOf } from '../helpers/status-now.ts';
import { withValues } from '../packaging/alerts/grafana-values.ts';
import { sampleStatus } from '../view/sample.ts';
import { facts, goodRun, script } from '../view/set-up.ts';

/** Labels of a series by its name. */
type Series = ReadonlyMap<string, ReadonlySet<string>>;

const status: StatusNow = nowOf(sampleStatus());
const { hostname } = status.agent;
const atS = unixSeconds(status.agent.atS);

/** What an agent sends of itself and of a plugin in trouble. */
function sent(): readonly Sample[] {
  const backlogs = ['prometheus', 'otlp'].map((sink) => ({
    sink,
    waiting: () => 0,
    oldestAtS: () => null,
    lost: () => 0,
  }));
  const figuresOf: FiguresOf = () => ({
    state: 'failing',
    reason: 'exit-status',
    isReporting: false,
    overdueS: 0,
    facts: facts(goodRun, { lastReportAtS: atS - 1 }),
  });
  const { samples } = atOnce(
    new PluginSampler().tickWalk({
      hostname,
      atS,
      intervalS: 30,
      scripts: [script('x.sh')],
      figuresOf,
      hashOf: () => '0123456789ab',
    }),
  );
  return [
    ...selfSamples(createView({ nowMs: () => 0 }), backlogs, { rssBytes: 1, cpuS: 1 }, { hostname, atS }),
    ...samples,
  ];
}

const byRemoteWrite: Series = new Map(
  sent().map((sample) => [
    prometheusName(sample, hostname),
    new Set(prometheusLabels(sample, hostname).map(([name]) => name)),
  ]),
);

const byScraping: Series = (() => {
  const metrics = sent().map(({ metric, value, series }) => ({
    metric,
    lastAtS: atS,
    lastValue: value,
    ...(series && { series }),
  }));
  const text = Buffer.concat(atOnce(prometheusWalk(metrics, status))).toString();
  return new Map(
    [...text.matchAll(/^(\w+)\{(.*)\} \S+$/gm)].map(([, name = '', labels = '']) => [
      name,
      new Set([...labels.matchAll(/(\w+)="/g)].map(([, label = '']) => label)),
    ]),
  );
})();

/** A selector of an expression: which series, and the labels that it must have. */
type Selector = { readonly text: string; readonly fits: (name: string) => boolean; readonly labels: readonly string[] };

function selectorsOf(expression: string): readonly Selector[] {
  return [...expression.matchAll(/(instrument_server_\w+)(?:\{([^}]*)\})?|\{__name__=~"([^"]*)"([^}]*)\}/g)].map(
    ([text, name, matchers = '', pattern = '', more = '']) => ({
      text,
      fits: name === undefined ? (other) => new RegExp(`^(?:${pattern})$`).test(other) : (other) => other === name,
      labels: [...`${matchers}${more}`.matchAll(/(\w+)=~?"|(\w+)!~?="|(\w+)!=?~?"/g)].map(
        ([, equal, ...others]) => equal ?? others.find((label) => label !== undefined) ?? '',
      ),
    }),
  );
}

/** Labels that an expression goes by, and those that it makes. */
function groupingOf(expression: string): { readonly used: readonly string[]; readonly made: readonly string[] } {
  const replaced = [...expression.matchAll(/"(\w+)", "[^"]*", "(\w*)", "[^"]*"\)/g)];
  return {
    used: [
      ...[...expression.matchAll(/\b(?:by|on|without|ignoring) \(([^)]*)\)/g)].flatMap(([, labels = '']) =>
        labels.split(', '),
      ),
      ...replaced.flatMap(([, , source = '']) => (source === '' ? [] : [source])),
    ],
    made: replaced.map(([, target = '']) => target),
  };
}

const alerts = alertGroups.flatMap((group) => group.alerts);
const ofRules = alerts.map(({ name, expression }) => [name, expression(spanAt(1))] as const);
const ofPanels = dashboardParts.flatMap(([, panels]) =>
  panels.flatMap(({ queries, shape }) =>
    queries.map(([expression]) => [String(shape['title']), withValues(expression)] as const),
  ),
);

/** Labels that a selector's series have, whichever way they come; null: there is no such series. */
function labelsOf({ fits }: Selector): ReadonlySet<string> | null {
  const found = [...byRemoteWrite, ...byScraping].filter(([name]) => fits(name));
  return found.length === 0 ? null : new Set(found.flatMap(([, labels]) => [...labels]));
}

test.each([...ofRules, ...ofPanels])('%s asks for series and labels that agents send', (_title, expression) => {
  const selectors = selectorsOf(expression);
  expect(selectors.length).toBeGreaterThan(0);
  const { used, made } = groupingOf(expression);
  const all = new Set([...made, ...selectors.flatMap((selector) => [...(labelsOf(selector) ?? [])])]);
  for (const selector of selectors) {
    const labels = labelsOf(selector);
    expect(labels, selector.text).not.toBeNull();
    expect(
      selector.labels.filter((label) => labels?.has(label) !== true),
      selector.text,
    ).toEqual([]);
  }
  expect(used.filter((label) => !all.has(label))).toEqual([]);
});

test.each(alerts)('$name names labels that its series have', ({ expression, summary, description }) => {
  const text = expression(spanAt(1));
  const named = [...`${summary}${description}`.matchAll(/\$labels\.(\w+)/g)].map(([, label = '']) => label);
  const { used, made } = groupingOf(text);
  const isGrouped = /^(?:count|sum|max|label_replace\(count) by/.test(text);
  const ofSeries = isGrouped ? used : selectorsOf(text).flatMap((selector) => [...(labelsOf(selector) ?? [])]);
  expect(named.filter((label) => ![...ofSeries, ...made].includes(label))).toEqual([]);
});

/** Every rule and panel has a part that holds whichever way the series come. */
test.each([
  ['remote write', byRemoteWrite],
  ['/metrics', byScraping],
])('what comes by %s is enough for each alert and each panel', (_way, series) => {
  for (const [title, expression] of [...ofRules, ...ofPanels]) {
    const isEnough = selectorsOf(expression).some(({ fits }) => [...series.keys()].some(fits));
    expect(isEnough, title).toBe(true);
  }
});

test('the variables of the dashboard are values of labels that agents send', () => {
  const asked = [...dashboardFile().matchAll(/"definition": "label_values\((\w+)(?:\{.*\})?, (\w+)\)"/g)];
  expect(asked.length).toBe(2);
  for (const [, name = '', label = ''] of asked) expect(byRemoteWrite.get(name)?.has(label), name).toBe(true);
});

import { expect, test } from 'vitest';
import { dashboardFile } from '../../packaging/alerts/dashboard-file.ts';

type Place = { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
type ShownPanel = {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: Place;
  readonly datasource?: unknown;
  readonly targets?: readonly { readonly refId: string; readonly expr: string; readonly datasource: unknown }[];
};
const dashboard: {
  readonly schemaVersion: number;
  readonly panels: readonly ShownPanel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly type: string }[] };
} = JSON.parse(dashboardFile());
const panels = dashboard.panels.filter(({ type }) => type !== 'row');

function overlap(a: Place, b: Place): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

test('each panel of the dashboard has a number and a place of its own', () => {
  const { length } = dashboard.panels;
  expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(length);
  expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
  for (const [index, { title, gridPos }] of dashboard.panels.entries()) {
    expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
    const others = dashboard.panels.slice(index + 1).filter((other) => overlap(gridPos, other.gridPos));
    expect(others.map((other) => `${title}, ${other.title}`)).toEqual([]);
  }
});

test('the dashboard needs nothing but Grafana 10: its own kinds of panels, and a data source to choose', () => {
  expect(dashboard.schemaVersion).toBe(38);
  expect(new Set(panels.map(({ type }) => type))).toEqual(new Set(['stat', 'table', 'timeseries']));
  const chosen = { type: 'prometheus', uid: '${' + 'datasource}' };
  for (const { datasource, targets = [], title } of panels) {
    expect(targets.length, title).toBeGreaterThan(0);
    expect([datasource, ...targets.map((target) => target.datasource)]).toEqual(Array(targets.length + 1).fill(chosen));
    expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
  }
});

test('every variable that the dashboard uses is one that it has, or Grafana’s own', () => {
  const used = [...dashboardFile().matchAll(/\$\{?(\w+)/g)].map(([, name = '']) => name);
  const own = ['__all', '__rate_interval', '__value', '1'];
  const known = [...dashboard.templating.list.map(({ name }) => name), ...own];
  expect([...new Set(used)].filter((name) => !known.includes(name))).toEqual([]);
  expect(known.filter((name) => !used.includes(name))).toEqual([]);
});

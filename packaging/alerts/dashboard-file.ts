import { dashboardParts } from './dashboard.ts';
import { chosenSource, type Panel } from './panel.ts';

/** The dashboard as a file that Grafana 10 and later import. */
export function dashboardFile(): string {
  return `${JSON.stringify(
    {
      uid: 'instrument-server',
      title: 'instrument_server',
      description: 'Hosts, their plugins, and their agents. Made by docs/generate.ts.',
      tags: ['instrument_server'],
      schemaVersion: 38,
      editable: true,
      graphTooltip: 1,
      refresh: '1m',
      time: { from: 'now-3h', to: 'now' },
      timezone: '',
      annotations: { list: [] },
      links: [],
      templating: { list: variables },
      panels: placed(),
    },
    null,
    2,
  )}\n`;
}

const variables = [
  {
    name: 'datasource',
    label: 'Data source',
    type: 'datasource',
    query: 'prometheus',
    hide: 0,
    refresh: 1,
    options: [],
  },
  {
    ...variable('host', 'Host', 'label_values(instrument_server_plugin_up, host)'),
    includeAll: false,
    multi: false,
  },
  {
    ...variable('plugin', 'Plugin', 'label_values(instrument_server_plugin_up{host="$host"}, plugin)'),
    includeAll: true,
    multi: true,
    allValue: '.+',
    current: { text: 'All', value: '$__all' },
  },
];

/** A choice between the values of a label. It is asked for again when the span of time changes. */
function variable(name: string, label: string, query: string): Readonly<Record<string, unknown>> {
  return {
    name,
    label,
    type: 'query',
    datasource: chosenSource,
    definition: query,
    query: { qryType: 1, query, refId: 'PrometheusVariableQueryEditor-VariableQuery' },
    refresh: 2,
    sort: 1,
    hide: 0,
    options: [],
  };
}

/** The panels with their places: side by side while they fit into a line of 24, then below. */
function placed(): readonly unknown[] {
  let [id, x, y] = [0, 0, 0];
  let lineHeight = 0;
  const place = (width: number, height: number) => {
    if (x + width > 24) {
      y += lineHeight;
      [x, lineHeight] = [0, 0];
    }
    const gridPos = { x, y, w: width, h: height };
    x += width;
    lineHeight = Math.max(lineHeight, height);
    id += 1;
    return { id, gridPos };
  };
  return dashboardParts.flatMap(([title, panels]) => [
    { ...place(24, 1), type: 'row', title, collapsed: false, panels: [] },
    ...panels.map((panel) => ({
      ...place(panel.width, panel.height),
      datasource: chosenSource,
      ...panel.shape,
      targets: targetsOf(panel),
    })),
  ]);
}

function targetsOf({ queries, shape }: Panel): readonly unknown[] {
  const isNow = shape['type'] !== 'timeseries';
  return queries.map(([expression, legend = ''], index) => ({
    refId: String.fromCharCode(65 + index),
    datasource: chosenSource,
    expr: expression,
    legendFormat: legend,
    instant: isNow,
    range: !isNow,
    ...(shape['type'] === 'table' ? { format: 'table' } : {}),
  }));
}

/** The data source that the reader of the dashboard chooses. */
export const chosenSource = { type: 'prometheus', uid: grafanaValue('datasource') };

/** A question to the data source: an expression, and how each series is named in the picture. */
export type PanelQuery = readonly [expression: string, legend?: string];

/** A part of the dashboard before it has its place. `width` is in 24ths of the page. */
export type Panel = {
  readonly width: number;
  readonly height: number;
  readonly queries: readonly PanelQuery[];
  /** What Grafana wants to know of it, but for place and questions. */
  readonly shape: Readonly<Record<string, unknown>>;
};

/** States of a plugin and sinks by colour: what a person should look at is not green. */
const stateColours: Readonly<Record<string, string>> = {
  suspended: 'red',
  rejected: 'red',
  hung: 'red',
  failing: 'red',
  'bad-lines': 'orange',
  silent: 'orange',
  late: 'yellow',
  slow: 'green',
  ok: 'green',
};

/** One number. With `isTrouble` it is red above 0. */
export function numberPanel(title: string, expression: string, { isTrouble = false } = {}): Panel {
  const steps = [{ color: 'green', value: null }, ...(isTrouble ? [{ color: 'red', value: 1 }] : [])];
  return {
    width: 6,
    height: 4,
    queries: [[expression]],
    shape: {
      type: 'stat',
      title,
      fieldConfig: { defaults: { decimals: 0, thresholds: { mode: 'absolute', steps } }, overrides: [] },
      options: {
        colorMode: 'value',
        graphMode: 'none',
        reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
      },
    },
  };
}

/** Lines over time, from 0. `unit` is one of Grafana's. */
export function graphPanel(title: string, unit: string, queries: readonly PanelQuery[]): Panel {
  const custom = { drawStyle: 'line', fillOpacity: 8, lineWidth: 1, showPoints: 'auto', spanNulls: false };
  return {
    width: 12,
    height: 8,
    queries,
    shape: {
      type: 'timeseries',
      title,
      fieldConfig: { defaults: { unit, min: 0, custom }, overrides: [] },
      options: {
        legend: { displayMode: 'list', placement: 'bottom', showLegend: true },
        tooltip: { mode: 'multi', sort: 'desc' },
      },
    },
  };
}

/** A column of a table: the field of the answer, its heading, and its unit. */
export type Column = readonly [field: string, heading: string, unit?: string];

/** A table of the answers of now, merged by the labels that they share. Other fields are hidden. */
export function tablePanel(
  title: string,
  {
    width,
    height,
    columns,
    queries,
  }: Pick<Panel, 'width' | 'height' | 'queries'> & { readonly columns: readonly Column[] },
): Panel {
  return {
    width,
    height,
    queries,
    shape: {
      type: 'table',
      title,
      fieldConfig: { defaults: {}, overrides: columns.flatMap(overridesOf) },
      options: { showHeader: true, cellHeight: 'sm', footer: { show: false, reducer: ['sum'], fields: '' } },
      transformations: [
        { id: 'merge', options: {} },
        { id: 'filterFieldsByName', options: { include: { names: columns.map(([field]) => field) } } },
        {
          id: 'organize',
          options: {
            excludeByName: {},
            indexByName: Object.fromEntries(columns.map(([field], index) => [field, index])),
            renameByName: Object.fromEntries(columns.map(([field, heading]) => [field, heading])),
          },
        },
      ],
    },
  };
}

function overridesOf([field, heading, unit]: Column): readonly unknown[] {
  const matcher = { id: 'byName', options: heading };
  const properties = [
    ...(unit === undefined ? [] : [{ id: 'unit', value: unit }]),
    ...(field === 'host' ? [{ id: 'links', value: [hostLink] }] : []),
    ...(field === 'state' ? stateProperties : []),
  ];
  return properties.length === 0 ? [] : [{ matcher, properties }];
}

const hostLink = {
  title: 'Show this host',
  url: `/d/instrument-server/instrument-server?var-datasource=${grafanaValue('datasource')}&var-host=${grafanaValue('__value.text')}`,
};

const stateProperties = [
  { id: 'custom.cellOptions', value: { type: 'color-text' } },
  {
    id: 'mappings',
    value: [
      {
        type: 'value',
        options: Object.fromEntries(
          Object.entries(stateColours).map(([state, color], index) => [state, { color, index }]),
        ),
      },
    ],
  },
];

/** What Grafana puts the value of a variable of its own in the place of. */
function grafanaValue(name: string): string {
  return `\${${name}}`;
}

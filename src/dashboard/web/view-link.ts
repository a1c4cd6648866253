import { type TimeWindow, windowOf } from './zoom.ts';

/**
 * What the part of the page's address behind `#` says: the file of the opened plugin, how far back
 * charts look (`span` is the key of a span), the part of time that they show instead, the charts
 * that the reader added, and the second metric of a chart by its first one.
 */
export type LinkedView = {
  readonly plugin: string | null;
  readonly span: string | null;
  readonly window: TimeWindow | null;
  readonly charts: readonly string[];
  readonly seconds: ReadonlyMap<string, string>;
};

/** Reads such a part. What it does not say, or not rightly, is null or empty. Never throws. */
export function linkedView(hash: string): LinkedView {
  const fields = hash
    .slice(1)
    .split('&')
    .flatMap((field) => {
      const [name = '', ...rest] = field.split('=');
      const value = decoded(rest.join('='));
      return value === null || value === '' ? [] : [{ name, value }];
    });
  const all = (wanted: string) => fields.flatMap(({ name, value }) => (name === wanted ? [value] : []));
  const [fromS, toS] = [secondsOf(all('from')[0]), secondsOf(all('to')[0])];
  return {
    plugin: all('plugin')[0] ?? null,
    span: all('span')[0] ?? null,
    window: fromS !== null && toS !== null && fromS < toS ? windowOf(fromS, toS) : null,
    charts: all('chart'),
    seconds: new Map(all('second').flatMap((value) => pairOf(value))),
  };
}

/** Returns the part of the address that says this, with its `#`. Empty: it has nothing to say. */
export function hashOfView({ plugin, span, window, charts, seconds }: LinkedView): string {
  const fields: readonly (readonly [string, string])[] = [
    ...(plugin === null ? [] : [['plugin', plugin] as const]),
    ...(span === null ? [] : [['span', span] as const]),
    ...(window === null ? [] : [['from', String(window.fromS)] as const, ['to', String(window.toS)] as const]),
    ...charts.map((metric) => ['chart', metric] as const),
    ...[...seconds].map(([first, second]) => ['second', `${first}/${second}`] as const),
  ];
  const text = fields.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
  return text === '' ? '' : `#${text}`;
}

/** Whether such a part is the name of a place in the page, to which the browser jumps. */
export function isPlace(hash: string): boolean {
  return hash.length > 1 && !hash.includes('=');
}

function pairOf(value: string): readonly [string, string][] {
  const [first = '', second = '', ...rest] = value.split('/'); // no metric's name has one
  return first === '' || second === '' || rest.length > 0 ? [] : [[first, second]];
}

function secondsOf(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,11}$/.test(text) ? Number(text) : null;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

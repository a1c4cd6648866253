/**
 * What the values of a metric measure. `factor` turns a value into bytes, seconds or percent; it is
 * 1 for `plain`. `text` stands behind a plain value, and behind the unit of the others (`/s`).
 */
export type MetricUnit = {
  readonly kind: 'bytes' | 'seconds' | 'percent' | 'plain';
  readonly factor: number;
  readonly text: string;
};

const kib = 1024;
/** As the host metrics have it, `mb` is MiB: 1024 KiB. */
const byteFactors: Readonly<Record<string, number>> = {
  b: 1,
  byte: 1,
  bytes: 1,
  kb: kib,
  kib: kib,
  mb: kib ** 2,
  mib: kib ** 2,
  gb: kib ** 3,
  gib: kib ** 3,
  tb: kib ** 4,
  tib: kib ** 4,
};
const secondFactors: Readonly<Record<string, number>> = {
  ns: 1e-9,
  nanoseconds: 1e-9,
  us: 1e-6,
  µs: 1e-6,
  microseconds: 1e-6,
  ms: 1e-3,
  msec: 1e-3,
  milliseconds: 1e-3,
  s: 1,
  sec: 1,
  secs: 1,
  second: 1,
  seconds: 1,
  minutes: 60,
  hours: 3600,
  days: 86_400,
};
const percentWords: readonly string[] = ['%', 'percent', 'pct'];

/** Host metrics in percent whose names do not say so, without the host's name. */
const hostPercent = /^cpu\.(user|nice|system|idle|iowait|in_use)$/;
/** Words that are a unit in the text of a format, but may be anything at the end of a name. */
const onlyOfFormats: readonly string[] = ['b', 'byte', 'second', 'us', 'µs', '%'];

/**
 * Returns the unit of a metric: the one that its format gave (`''`: none), or else the one that its
 * name ends in: `_mb`, `_bytes`, `_percent`, `_ms`, `_seconds`, `_s`, … `name` is without the host.
 */
export function metricUnit(name: string, given: string): MetricUnit {
  if (given !== '') return (given === 'b' ? null : unitNamed(given.toLowerCase())) ?? plainUnit(given); // b: bits
  if (hostPercent.test(name)) return percent;
  const last = /[^.]*$/.exec(name)?.[0].toLowerCase() ?? '';
  const words = last.replace(/_total$/, '').split(/[_-]/);
  const perSecond = /^(.*?)_?per_(s|sec|second)$/.exec(words.join('_'));
  if (perSecond) return rateOf(metricUnit(perSecond[1] ?? '', ''));
  if (words.some((word) => word === 'percent' || word === 'pct')) return percent;
  const unit = words.at(-1) ?? '';
  if (onlyOfFormats.includes(unit) || (unit === 's' && words.length === 1)) return plainUnit('');
  return unitNamed(unit) ?? plainUnit('');
}

const percent: MetricUnit = { kind: 'percent', factor: 1, text: '' };

function rateOf(unit: MetricUnit): MetricUnit {
  return unit.kind === 'bytes' ? { ...unit, text: '/s' } : plainUnit('/s');
}

function plainUnit(text: string): MetricUnit {
  return { kind: 'plain', factor: 1, text };
}

/** Whether two metrics can share an axis. */
export function isSameUnit(a: MetricUnit, b: MetricUnit): boolean {
  return a.kind === b.kind && a.text === b.text;
}

function unitNamed(word: string): MetricUnit | null {
  const rate = /^(.+)\/s$/.exec(word);
  const bytes = byteFactors[rate?.[1] ?? word];
  if (bytes !== undefined) return { kind: 'bytes', factor: bytes, text: rate ? '/s' : '' };
  if (percentWords.includes(word)) return percent;
  const seconds = secondFactors[word];
  return seconds === undefined ? null : { kind: 'seconds', factor: seconds, text: '' };
}

import { locateKey } from '../../config/locate.ts';
import { formatDuration, longestDurationS } from '../../config/values.ts';
import type { FormatName } from '../../model/format.ts';
import { isIniValue } from './ini-output.ts';
import { isTable, type TomlTable, textsOf } from './toml.ts';

/** Entries that a block gives to each of its plugins, and remarks on what it does not give. */
type SharedEntries = { readonly entries: readonly (readonly [string, string])[]; readonly remarks: readonly string[] };

const formats: Readonly<Record<string, FormatName>> = {
  graphite: 'graphite',
  influx: 'influx',
  influx_upstream: 'influx',
  json: 'json',
  json_v2: 'json',
  nagios: 'nagios',
  openmetrics: 'prometheus',
  opentsdb: 'opentsdb',
  prometheus: 'prometheus',
  value: 'value',
};

/** Keys that are carried over, or that change nothing. */
const silentKeys = ['commands', 'command', 'data_format', 'environment', 'interval', 'timeout', 'alias', 'log_stderr'];

/** What to do about a key that has no counterpart. */
const advice: Readonly<Record<string, string>> = {
  name_override: 'metrics begin with HOST.PLUGIN; rename [plugin:…] instead',
  name_prefix: 'metrics begin with HOST.PLUGIN; rename [plugin:…] instead',
  name_suffix: 'metrics begin with HOST.PLUGIN; rename [plugin:…] instead',
  tags: 'the agent adds no tags',
  ignore_error: 'the samples of a run that fails are never sent; let the command end with exit 0',
  templates: 'the whole path is sent',
};

/** The format that stands for a `data_format`; null: there is none. */
export function formatFor(dataFormat: string): FormatName | null {
  return Object.hasOwn(formats, dataFormat) ? (formats[dataFormat] ?? null) : null;
}

/** What the plugins of a block share: their interval and their variables. */
export function sharedEntries({ interval, environment, ...rest }: TomlTable, reportIntervalS: number): SharedEntries {
  const variables = textsOf(environment ?? []).map(variableEntry);
  const lastOnes = new Map(variables.flatMap(({ entry }) => (entry === null ? [] : [entry])));
  const ofInterval = intervalEntry(interval, reportIntervalS);
  return {
    entries: [...ofInterval.entries, ...lastOnes],
    remarks: [
      ...ofInterval.remarks,
      ...variables.flatMap(({ entry, text }) =>
        entry === null ? [`environment: ${JSON.stringify(text)} is not a variable with a value`] : [],
      ),
      ...Object.entries(rest).flatMap(([key, value]) => remarkOnKey(key, value)),
    ],
  };
}

/** An interval as the multiple of the report interval that is nearest to it. */
function intervalEntry(interval: unknown, reportIntervalS: number): SharedEntries {
  const wantedS = durationS(interval);
  if (interval === undefined) return { entries: [], remarks: [] };
  const multiple = Math.max(1, Math.round((wantedS ?? 0) / reportIntervalS));
  const everyS = Math.min(multiple, Math.floor(longestDurationS / reportIntervalS)) * reportIntervalS;
  const shown = (valueS: number) => formatDuration(valueS * 1000);
  const about = `interval = ${shownToml(interval)} is not a multiple of report_interval (${shown(reportIntervalS)})`;
  return {
    entries: everyS === reportIntervalS ? [] : [['interval', shown(everyS)]],
    remarks: wantedS === everyS ? [] : [`${about}: it runs every ${shown(everyS)}`],
  };
}

/** A `NAME=VALUE` as an entry; null: the agent can't have a variable like that. */
function variableEntry(text: string): { readonly text: string; readonly entry: readonly [string, string] | null } {
  const [, name = '', value = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
  const isGood = locateKey('plugin:NAME', `env.${name}`).ok && isIniValue(value);
  return { text, entry: isGood ? [`env.${name}`, value] : null };
}

function remarkOnKey(key: string, value: unknown): readonly string[] {
  if (silentKeys.includes(key)) return [];
  return [`${key} = ${shownToml(value)}: ${adviceOn(key)}`];
}

function adviceOn(key: string): string {
  if (key.startsWith('json_')) return 'all numbers of the document are sent';
  return (Object.hasOwn(advice, key) ? advice[key] : undefined) ?? 'has no counterpart here';
}

/**
 * The seconds of a duration: a number, or a text such as `1m30s`; null: it is neither. Telegraf has
 * the units of Go.
 */
export function durationS(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? value : null;
  if (typeof value !== 'string' || !/^(\d+(\.\d+)?(ns|us|\u00b5s|ms|s|m|h))+$/.test(value)) return null;
  const unitsS: Readonly<Record<string, number>> = { ns: 1e-9, us: 1e-6, µs: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 };
  const parts = [...value.matchAll(/(\d+(?:\.\d+)?)(\D+)/g)];
  return parts.reduce((sum, [, number, unit = '']) => sum + Number(number) * (unitsS[unit] ?? 0), 0);
}

/** A value as a remark shows it, cut to 60 characters. */
export function shownToml(value: unknown): string {
  const text = isTable(value) ? `{ ${Object.keys(value).join(', ')} }` : shownPlain(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** JSON has no nan and no inf. */
function shownPlain(value: unknown): string {
  return (typeof value === 'number' ? undefined : JSON.stringify(value)) ?? String(value);
}

import { isAbsolute, resolve } from 'node:path';
import type { ApiKey, LogLevel } from '../model/config.ts';
import { err, ok, type Result } from '../model/result.ts';
import { visibleInQuotes } from '../words/visible.ts';
import type { Misfit } from './problem.ts';

/** Where a value's text was written. */
export type ValueContext = {
  /** What a relative path starts from, as an absolute path. */
  readonly folder: string;
  /** What `~/` stands for, as an absolute path. */
  readonly home: string;
  /** The place as a user would name it: `/etc/instrument_server.ini:4`, `the flag -k`. */
  readonly origin: string;
};

type ValueType =
  | 'string'
  | 'secret'
  | 'boolean'
  | 'integer'
  | 'duration'
  | 'size'
  | 'path'
  | 'address'
  | 'url'
  | 'headers'
  | 'hostname'
  | 'level'
  | 'variables'
  | 'format'
  | 'version'
  | 'words';

/** How one kind of value is read from text and shown again. Neither function throws. */
export type Kind<Value> = {
  readonly type: ValueType;
  /** What is allowed, in words; null: any text. */
  readonly bounds: string | null;
  parse(text: string, context: ValueContext): Result<Value, Misfit>;
  show(value: Value): string;
};

/** The longest duration, 24 days: a timer can wait for at most 2^31 − 1 ms. */
export const longestDurationMs = 24 * 86_400_000;

/** `longestDurationMs` in seconds. */
export const longestDurationS = longestDurationMs / 1000;

const durationUnits = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
const sizeUnits = { GiB: 1024 ** 3, MiB: 1024 ** 2, KiB: 1024 };
const levels: readonly LogLevel[] = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'];

/** Milliseconds from `500ms`, `30s`, `5m`, `1h`, `1d`; `30` without a unit is seconds. */
function parseDuration(text: string): Result<number, Misfit> {
  const [, digits, unit = 's'] = /^(\d+)(ms|s|m|h|d)?$/.exec(text) ?? [];
  if (digits === undefined)
    return misfit(`${quote(text)} is not a duration`, 'expected a whole number of ms, s, m, h or d, such as 30s or 5m');
  return ok(Number(digits) * (new Map(Object.entries(durationUnits)).get(unit) ?? 1));
}

/**
 * Milliseconds as `parseDuration` reads them, in the largest unit without a remainder: `90s`,
 * `2h`.
 */
export function formatDuration(ms: number): string {
  return inLargestUnit(ms, durationUnits) ?? String(ms);
}

/** Bytes from `512KiB`, `256MiB`, `1GiB`; `1048576` without a unit is bytes. */
function parseSize(text: string): Result<number, Misfit> {
  const [, digits, unit = ''] = /^(\d+)(KiB|MiB|GiB)?$/.exec(text) ?? [];
  if (digits === undefined)
    return misfit(`${quote(text)} is not a size`, 'expected a whole number of bytes, KiB, MiB or GiB, such as 256MiB');
  return ok(Number(digits) * (new Map(Object.entries(sizeUnits)).get(unit) ?? 1));
}

/** Bytes as `parseSize` reads them, in the largest unit without a remainder: `16MiB`. */
export function formatSize(bytes: number): string {
  return inLargestUnit(bytes, sizeUnits) ?? String(bytes);
}

/** Any text, unchanged. */
export const text: Kind<string> = { type: 'string', bounds: null, parse: ok, show: (value) => value };

/** Text that is not empty, such as the name of a database. */
export const name: Kind<string> = { type: 'string', bounds: 'not empty', parse: ok, show: (value) => value };

/** A key or token: one word. Problems never show it. */
export const secret: Kind<string> = {
  type: 'secret',
  bounds: 'one word',
  parse: (value) =>
    /[\s\p{C}]/u.test(value)
      ? misfit('the value holds white space or control characters', 'expected one word, as it was given to you')
      : ok(value),
  show: () => '…',
};

/** An API key, with the place where it was written. */
export const apiKey: Kind<ApiKey> = {
  type: secret.type,
  bounds: secret.bounds,
  parse(value, context) {
    const parsed = secret.parse(value, context);
    return parsed.ok ? ok({ key: parsed.value, origin: context.origin }) : parsed;
  },
  show: ({ key }) => secret.show(key),
};

/** A password: any text. Problems never show it. */
export const password: Kind<string> = { type: 'secret', bounds: null, parse: ok, show: () => '…' };

/** `true`, `yes`, `on` or `false`, `no`, `off`, in any case. */
export const boolean: Kind<boolean> = {
  type: 'boolean',
  bounds: 'true, yes, on, false, no, off',
  parse(value) {
    if (/^(true|yes|on)$/i.test(value)) return ok(true);
    if (/^(false|no|off)$/i.test(value)) return ok(false);
    return misfit(`${quote(value)} is neither true nor false`, 'expected true, yes, on, false, no or off');
  },
  show: String,
};

/** A host name that can be the first part of a metric name. */
export const hostname: Kind<string> = {
  type: 'hostname',
  bounds: 'letters, digits, `_`, `-`, single dots between them',
  parse: (value) =>
    /^[\w-]+(\.[\w-]+)*$/.test(value)
      ? ok(value)
      : misfit(
          `${quote(value)} can't be the first part of a metric name`,
          'expected letters, digits, `_` and `-`, with single dots between them',
        ),
  show: (value) => value,
};

/** A level of the log. */
export const level: Kind<LogLevel> = {
  type: 'level',
  bounds: levels.join(', '),
  parse(value) {
    const found = levels.find((name) => name === value);
    return found ? ok(found) : misfit(`${quote(value)} is not a level`, `expected one of ${levels.join(', ')}`);
  },
  show: (value) => value,
};

/** An absolute path; a relative one starts from the folder of its context, `~/` from the home. */
export const path: Kind<string> = {
  type: 'path',
  bounds: null,
  parse(value, { folder, home }) {
    const [, user, rest = ''] = /^~([^/]*)(.*)$/s.exec(value) ?? [];
    if (user) return misfit(`\`~${user}\` is not understood`, 'expected the full path');
    return ok(user === '' ? resolve(home, `.${rest}`) : isAbsolute(value) ? value : resolve(folder, value));
  },
  show: (value) => value,
};

/** Whole numbers from `min` to `max`. */
export function integer(min: number, max: number): Kind<number> {
  const parse = (value: string): Result<number, Misfit> =>
    /^\d+$/.test(value)
      ? ok(Number(value))
      : misfit(`${quote(value)} is not a whole number`, `expected a whole number from ${min} to ${max}`);
  return bounded({ type: 'integer', bounds: null, parse, show: String }, min, max);
}

/** `auto`, or a whole number from `min` to `max`. */
export function integerOrAuto(min: number, max: number): Kind<number | 'auto'> {
  const number = integer(min, max);
  const bounds = `auto, or ${number.bounds}`;
  return {
    type: 'integer',
    bounds,
    parse(value, context) {
      if (value === 'auto') return ok('auto');
      const parsed = number.parse(value, context);
      return parsed.ok ? parsed : err({ ...parsed.error, expected: `expected ${bounds}` });
    },
    show: String,
  };
}

/** Milliseconds from `minMs` to `maxMs`. */
export function duration(minMs: number, maxMs: number): Kind<number> {
  return bounded({ type: 'duration', bounds: null, parse: parseDuration, show: formatDuration }, minMs, maxMs);
}

/** Whole seconds from `minS` to `maxS`, written as a duration. */
export function seconds(minS: number, maxS: number): Kind<number> {
  const kind = duration(minS * 1000, maxS * 1000);
  return {
    type: 'duration',
    bounds: `${kind.bounds}, whole seconds`,
    parse(value, context) {
      const parsed = kind.parse(value, context);
      if (!parsed.ok) return parsed;
      if (parsed.value % 1000 === 0) return ok(parsed.value / 1000);
      return misfit(`${quote(value)} is not whole seconds`, 'expected whole seconds, such as 30s');
    },
    show: (valueS) => formatDuration(valueS * 1000),
  };
}

/** Bytes from `minBytes` to `maxBytes`. */
export function size(minBytes: number, maxBytes: number): Kind<number> {
  return bounded({ type: 'size', bounds: null, parse: parseSize, show: formatSize }, minBytes, maxBytes);
}

function bounded(kind: Kind<number>, min: number, max: number): Kind<number> {
  const bounds = `${kind.show(min)} to ${kind.show(max)}`;
  return {
    ...kind,
    bounds,
    parse(value, context) {
      const parsed = kind.parse(value, context);
      if (!parsed.ok || (parsed.value >= min && parsed.value <= max)) return parsed;
      return misfit(`${quote(value)} is too ${parsed.value < min ? 'small' : 'large'}`, `expected ${bounds}`);
    },
  };
}

function inLargestUnit(value: number, units: Readonly<Record<string, number>>): string | null {
  const unit = Object.entries(units).find(([, worth]) => value !== 0 && value % worth === 0);
  return unit ? `${value / unit[1]}${unit[0]}` : null;
}

/** The result for a value that its kind does not allow. */
export function misfit(wrong: string, expected: string): Result<never, Misfit> {
  return err({ wrong, expected });
}

/** A value as a problem shows it: in quotes, cut to 60 characters. */
export function quote(value: string): string {
  return visibleInQuotes(value.length > 60 ? `${value.slice(0, 60)}…` : value);
}

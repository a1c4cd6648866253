import { isAbsolute, resolve } from 'node:path';
import type { LogLevel } from '../model/config.ts';
import { err, ok, type Result } from '../model/result.ts';
import type { Misfit } from './problem.ts';

/** What relative paths and `~/` start from; both absolute. */
export type PathBase = { readonly folder: string; readonly home: string };

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
  | 'level';

/** How one sort of value is read from text and shown again. `bounds` says the range in words; null: any. Neither function throws. */
export type Kind<Value> = {
  readonly type: ValueType;
  readonly bounds: string | null;
  parse(text: string, base: PathBase): Result<Value, Misfit>;
  show(value: Value): string;
};

/** The longest time that may be configured: 24 days, just under what timers hold (2^31 − 1 ms). */
export const longestDurationMs = 24 * 86_400_000;

const durationUnits = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
const sizeUnits = { GiB: 1024 ** 3, MiB: 1024 ** 2, KiB: 1024 };
const levels: readonly LogLevel[] = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'];

/** Milliseconds from `500ms`, `30` or `30s`, `5m`, `1h`, `1d`: whole numbers, seconds where no unit is given. */
function parseDuration(text: string): Result<number, Misfit> {
  const [, digits, unit = 's'] = /^(\d+)(ms|s|m|h|d)?$/.exec(text) ?? [];
  if (digits === undefined)
    return misfit(`${quote(text)} is not a duration`, 'expected a whole number of ms, s, m, h or d, such as 30s or 5m');
  return ok(Number(digits) * (new Map(Object.entries(durationUnits)).get(unit) ?? 1));
}

/** Milliseconds as text that `parseDuration` reads back, in the largest unit that fits: `90s`, `2h`. */
export function formatDuration(ms: number): string {
  return inLargestUnit(ms, durationUnits) ?? String(ms);
}

/** Bytes from `1048576`, `512KiB`, `256MiB`, `1GiB`: whole numbers, bytes where no unit is given. */
function parseSize(text: string): Result<number, Misfit> {
  const [, digits, unit = ''] = /^(\d+)(KiB|MiB|GiB)?$/.exec(text) ?? [];
  if (digits === undefined)
    return misfit(`${quote(text)} is not a size`, 'expected a whole number of bytes, KiB, MiB or GiB, such as 256MiB');
  return ok(Number(digits) * (new Map(Object.entries(sizeUnits)).get(unit) ?? 1));
}

/** Bytes as text that `parseSize` reads back, in the largest unit that fits: `16MiB`. */
export function formatSize(bytes: number): string {
  return inLargestUnit(bytes, sizeUnits) ?? String(bytes);
}

/** Text taken as it is. */
export const text: Kind<string> = { type: 'string', bounds: null, parse: ok, show: (value) => value };

/** A name on the other side: text that is not empty. */
export const name: Kind<string> = { type: 'string', bounds: 'not empty', parse: ok, show: (value) => value };

/** A key or token: one word. Its problems never show it. */
export const secret: Kind<string> = {
  type: 'secret',
  bounds: 'one word',
  parse: (value) =>
    /[\s\p{C}]/u.test(value)
      ? misfit('the value holds white space or control characters', 'expected one word, as it was given to you')
      : ok(value),
  show: () => '…',
};

/** A password: any text, which nothing shows. */
export const password: Kind<string> = { type: 'secret', bounds: null, parse: ok, show: () => '…' };

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

export const hostname: Kind<string> = {
  type: 'hostname',
  bounds: 'letters, digits, `_`, `-`, single dots between them',
  parse: (value) =>
    /^[\w-]+(\.[\w-]+)*$/.test(value)
      ? ok(value)
      : misfit(
          `${quote(value)} can't begin a metric's name`,
          'expected letters, digits, `_` and `-`, with single dots between them',
        ),
  show: (value) => value,
};

export const level: Kind<LogLevel> = {
  type: 'level',
  bounds: levels.join(', '),
  parse(value) {
    const found = levels.find((name) => name === value);
    return found ? ok(found) : misfit(`${quote(value)} is not a level`, `expected one of ${levels.join(', ')}`);
  },
  show: (value) => value,
};

/** An absolute path: a relative one starts from the base's folder, `~/` from its home. */
export const path: Kind<string> = {
  type: 'path',
  bounds: null,
  parse(value, base) {
    const [, user, rest = ''] = /^~([^/]*)(.*)$/s.exec(value) ?? [];
    if (user) return misfit(`\`~${user}\` is not understood`, 'expected the full path');
    return ok(user === '' ? resolve(base.home, `.${rest}`) : isAbsolute(value) ? value : resolve(base.folder, value));
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

/** Milliseconds from `minMs` to `maxMs`; with `wholeSeconds` no fraction of a second. */
export function duration(minMs: number, maxMs: number, wholeSeconds = false): Kind<number> {
  const kind = bounded({ type: 'duration', bounds: null, parse: parseDuration, show: formatDuration }, minMs, maxMs);
  if (!wholeSeconds) return kind;
  return {
    ...kind,
    bounds: `${kind.bounds}, whole seconds`,
    parse(value, base) {
      const parsed = kind.parse(value, base);
      return parsed.ok && parsed.value % 1000 !== 0
        ? misfit(`${quote(value)} is not whole seconds`, 'expected whole seconds, such as 30s')
        : parsed;
    },
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
    parse(value, base) {
      const parsed = kind.parse(value, base);
      if (!parsed.ok || (parsed.value >= min && parsed.value <= max)) return parsed;
      return misfit(`${quote(value)} is too ${parsed.value < min ? 'small' : 'large'}`, `expected ${bounds}`);
    },
  };
}

function inLargestUnit(value: number, units: Readonly<Record<string, number>>): string | null {
  const unit = Object.entries(units).find(([, worth]) => value !== 0 && value % worth === 0);
  return unit ? `${value / unit[1]}${unit[0]}` : null;
}

/** A value that does not fit. */
export function misfit(wrong: string, expected: string): Result<never, Misfit> {
  return err({ wrong, expected });
}

/** A value as its problem shows it: in quotes, cut to 60 characters. */
export function quote(value: string): string {
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
}

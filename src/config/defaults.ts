import { isAbsolute, join, resolve } from 'node:path';
import type { Machine } from '../io/disk/config-files.ts';
import type { ProxySettings } from '../model/config.ts';

/** What the value of a key that is not set may depend on. */
export type DefaultFacts = {
  readonly machine: Machine;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The home directory, as an absolute path. */
  readonly home: string;
  readonly reportIntervalS: () => number;
  /** Whether neither an API key nor a sink is configured. */
  readonly hasNoSink: () => boolean;
  /** The proxy that the environment names for the collector; null: none. */
  readonly collectorProxy: () => ProxySettings | null;
};

/**
 * The value of a key that is not set. `says` describes it in words; null: the value is shown as it
 * would be written.
 */
export type Default<Value> =
  | { readonly kind: 'fixed'; readonly value: Value; readonly says: string | null }
  | { readonly kind: 'worked-out'; readonly says: string; workOut(facts: DefaultFacts): Value };

/** A default that is the same on every machine. */
export function fixed<const Value>(value: Value): Default<Value> {
  return { kind: 'fixed', value, says: null };
}

/** No value. `says` describes what the agent does without one. */
export function none(says: string): Default<null> {
  return { kind: 'fixed', value: null, says };
}

/** A default that depends on the machine or on other keys. */
export function workedOut<Value>(says: string, workOut: (facts: DefaultFacts) => Value): Default<Value> {
  return { kind: 'worked-out', says, workOut };
}

/** The value that a default has on this machine. */
export function defaultValue<Value>(ofKey: Default<Value>, facts: DefaultFacts): Value {
  return ofKey.kind === 'fixed' ? ofKey.value : ofKey.workOut(facts);
}

/** The value of a default that is the same on every machine. Throws for any other default. */
export function fixedValue<Value>(ofKey: Default<Value>): Value {
  if (ofKey.kind !== 'fixed') throw new Error(`this default depends on the machine: ${ofKey.says}`);
  return ofKey.value;
}

/** The system's host name as the first part of a metric name: other characters become `_`. */
export function systemHostname({ machine }: { readonly machine: Pick<Machine, 'hostname'> }): string {
  return machine.hostname.replace(/[^\w.-]/gu, '_').replace(/^\.|\.$|\.(?=\.)/g, '_') || '_';
}

/** The directory of scripts where none is named. */
export function defaultScripts({ home }: DefaultFacts): string {
  return join(home, '.instrumental_scripts');
}

/** The state directory: what systemd gives, else what XDG gives, else one by user. */
export function defaultStateDir({ env, machine, home }: DefaultFacts): string {
  const ofSystemd = env['STATE_DIRECTORY']?.split(':')[0]; // systemd lists several, separated by colons
  if (ofSystemd) return resolve(machine.cwd, ofSystemd);
  const ofXdg = env['XDG_STATE_HOME'] ?? '';
  if (isAbsolute(ofXdg)) return join(ofXdg, 'instrument_server'); // the XDG specification ignores relative paths
  return machine.uid === 0 ? '/var/lib/instrument_server' : join(home, '.local/state/instrument_server');
}

import { getSystemErrorName } from 'node:util';
import { libc } from '../libc.ts';

/** The service manager that started this process, such as systemd. Nothing here throws. */
export type ServiceManager = {
  /**
   * Sends it lines such as `READY=1`, as sd_notify(3) has them. Returns null, or why it did not
   * take them: its socket may be gone or full, or the C library can't be called.
   */
  notify(text: string): string | null;
  /** It ends this process if it hears no `WATCHDOG=1` for so long; null: it does not watch. */
  readonly watchdogMs: number | null;
};

/** Returns the service manager that waits for messages of this process; null: none does. */
export function serviceManagerOf(env: Readonly<Record<string, string | undefined>>): ServiceManager | null {
  const address = env['NOTIFY_SOCKET'] ?? '';
  if (!/^[/@]./.test(address)) return null;
  return {
    notify: (text) => send(address, text),
    watchdogMs: watchdogMs(env),
  };
}

function send(address: string, text: string): string | null {
  const library = libc();
  if (library === null) return "the C library can't be called: the package koffi is missing, or not made for this host";
  const result = library.sendDatagram(address, text);
  return result === 0 ? null : `${address}: ${getSystemErrorName(result)}`;
}

/** `WATCHDOG_PID` names the process that is watched; without it, it is the one that reads this. */
function watchdogMs(env: Readonly<Record<string, string | undefined>>): number | null {
  const [watched = '', periodUs = ''] = [env['WATCHDOG_PID'], env['WATCHDOG_USEC']];
  if (watched !== '' && watched !== String(process.pid)) return null;
  return /^\d+$/.test(periodUs) && Number(periodUs) > 0 ? Number(periodUs) / 1000 : null;
}

/** The time as the service manager has it, for `MONOTONIC_USEC`. */
export function monotonicUs(): bigint {
  return process.hrtime.bigint() / 1000n;
}

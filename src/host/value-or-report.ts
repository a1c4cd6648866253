import type { Emit } from '../model/event.ts';
import type { Result } from '../model/result.ts';

/** Returns what was read from `source`. If it could not be read, reports that and returns null. */
export type ValueOrReport = <Value>(source: string, read: Result<Value, string>) => Value | null;

/**
 * Creates a `ValueOrReport` that reports each source's failure once, as `host.unreadable`, and
 * then once that it works again, as `host.recovered`.
 */
export function createValueOrReport(emit: Emit): ValueOrReport {
  const failing = new Set<string>();
  return (source, read) => {
    if (read.ok) {
      if (failing.delete(source)) emit({ event: 'host.recovered', source });
      return read.value;
    }
    if (!failing.has(source)) {
      failing.add(source);
      emit({ event: 'host.unreadable', source, detail: read.error });
    }
    return null;
  };
}

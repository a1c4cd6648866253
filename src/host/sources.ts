import type { Emit } from '../model/event.ts';
import type { Result } from '../model/result.ts';

/** What was read from `source`, or null if it could not be. */
export type TakeReading = <Value>(source: string, read: Result<Value, string>) => Value | null;

/** A `Take` that tells of a source's failure once (`host.unreadable`), then that it works again (`host.recovered`). */
export function createTakeReading(emit: Emit): TakeReading {
  const told = new Set<string>();
  return (source, read) => {
    if (read.ok) {
      if (told.delete(source)) emit({ event: 'host.recovered', source });
      return read.value;
    }
    if (!told.has(source)) {
      told.add(source);
      emit({ event: 'host.unreadable', source, detail: read.error });
    }
    return null;
  };
}

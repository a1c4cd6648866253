import type { Config } from '../model/config.ts';
import type { Emit } from '../model/event.ts';
import type { StoreOptions } from '../store/store.ts';
import type { Delivery } from './delivery.ts';

/** Makes the store's options. Its bounds are those of the configuration in force at each use. */
export function storeOptionsOf(
  config: () => Config,
  delivery: Pick<Delivery, 'spooledSinks' | 'appended'>,
  emit: Emit,
): StoreOptions {
  return {
    sinks: delivery.spooledSinks(),
    get maxSizeBytes() {
      return config().spool.maxSizeBytes;
    },
    get history() {
      const { isEnabled, historyS, maxSizeBytes, metrics } = config().dashboard;
      return { keptForS: isEnabled ? historyS : 0, maxSizeBytes, keepsLatest: isEnabled || metrics };
    },
    emit,
    onAppended: delivery.appended,
  };
}

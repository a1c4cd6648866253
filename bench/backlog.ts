import { systemClock } from '../src/io/clock.ts';
import { systemFiles } from '../src/io/disk/files.ts';
import { metricName, type Sample, unixSeconds } from '../src/model/sample.ts';
import { openStateDirectory } from '../src/store/state-directory.ts';
import { openStore } from '../src/store/store.ts';
import { benchUse } from './state-use.ts';

/** The `index`th sample of a backlog: a hundred metrics a tick, a tick every 30 s. */
export function backlogSample(index: number): Sample {
  return {
    metric: metricName(`bench-host.plugin_${(index % 100) % 10}.metric_${index % 100}`),
    value: index,
    atS: unixSeconds(1_700_000_000 + Math.floor(index / 100) * 30),
  };
}

/**
 * Makes a state directory in which `samples` samples wait for a sink, in commits of 1,000. Throws a
 * sentence if it can't.
 */
export function makeBacklog(stateDir: string, samples: number, sink = 'instrumental'): void {
  const state = openStateDirectory(systemFiles, benchUse(stateDir));
  if (!state.ok) throw new Error(state.error);
  const { database, outputs, release } = state.value;
  const store = openStore(
    { clock: systemClock, database, outputs },
    {
      sinks: [{ name: sink, keptForS: 86_400 }],
      maxSizeBytes: 1024 ** 3,
      emit: () => {},
      onAppended: () => {},
    },
  );
  for (let first = 0; first < samples; first += 1000) {
    store.append(Array.from({ length: Math.min(1000, samples - first) }, (_, index) => backlogSample(first + index)));
    store.flush();
  }
  store.close();
  release();
}

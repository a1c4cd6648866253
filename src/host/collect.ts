import type { Clock } from '../io/clock.ts';
import type { HostFiles, OtherSystem } from '../io/disk/host-files.ts';
import type { Emit } from '../model/event.ts';
import type { Tick } from '../model/run.ts';
import { metricName, type Sample } from '../model/sample.ts';
import { createLinuxHost } from './linux.ts';
import { createOtherHost } from './other-systems.ts';
import { createTakeReading } from './sources.ts';

/** What host metrics come from. `platform` is Node's word for it: `linux` reads `files`, any other asks `otherSystem`. */
export type HostEdges = {
  readonly platform: string;
  readonly clock: Clock;
  readonly files: HostFiles;
  readonly otherSystem: OtherSystem;
};

/** The host's own metrics. */
export type HostMetrics = {
  /** All that can be read now, with the tick's time. Never rejects: a source that can't be read costs its own metrics only. */
  collect(tick: Tick): Promise<readonly Sample[]>;
};

/**
 * Host metrics under `hostname`, `HOST.cpu.user`. Values are finite and rounded to three decimals. `emit` gets
 * `host.unreadable` once for each source that fails, and `host.recovered` when it works again.
 */
export function createHostMetrics(
  edges: HostEdges,
  options: { readonly hostname: string; readonly emit: Emit },
): HostMetrics {
  const take = createTakeReading(options.emit);
  const read = edges.platform === 'linux' ? createLinuxHost(edges, take) : createOtherHost(edges, take);
  return {
    async collect({ atS }) {
      const readings = await read();
      return readings
        .filter(([, value]) => Number.isFinite(value))
        .map(([name, value]) => ({
          metric: metricName(`${options.hostname}.${name}`),
          value: Math.round(value * 1000) / 1000,
          atS,
        }));
    },
  };
}

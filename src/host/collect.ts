import type { Clock } from '../io/clock.ts';
import type { HostFiles, OtherSystem } from '../io/disk/host-files.ts';
import type { Emit } from '../model/event.ts';
import type { Tick } from '../model/run.ts';
import { metricName, type Sample } from '../model/sample.ts';
import { createLinuxHost } from './linux.ts';
import { createOtherHost } from './other-systems.ts';
import { createValueOrReport } from './value-or-report.ts';

/**
 * Where host metrics come from. `platform` is Node's name for the operating system: on `linux`,
 * `files` is read; on any other, `otherSystem` is asked.
 */
export type HostEdges = {
  readonly platform: string;
  readonly clock: Clock;
  readonly files: HostFiles;
  readonly otherSystem: OtherSystem;
};

/** The host's own metrics. */
export type HostMetrics = {
  /**
   * Resolves with everything that can be read now, with the tick's time. Never rejects. If a
   * source can't be read, only its own metrics are missing.
   */
  collect(tick: Tick): Promise<readonly Sample[]>;
};

/**
 * Creates the host metrics under `hostname`, such as `HOST.cpu.user`. Values are finite and
 * rounded to three decimals. Emits `host.unreadable` once for each source that fails, and
 * `host.recovered` when it works again.
 */
export function createHostMetrics(
  edges: HostEdges,
  options: { readonly hostname: string; readonly emit: Emit },
): HostMetrics {
  const valueOrReport = createValueOrReport(options.emit);
  const read =
    edges.platform === 'linux' ? createLinuxHost(edges, valueOrReport) : createOtherHost(edges, valueOrReport);
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

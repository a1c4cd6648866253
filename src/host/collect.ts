import type { Clock } from '../io/clock.ts';
import type { HostFiles, OtherSystem } from '../io/disk/host-files.ts';
import type { Emit } from '../model/event.ts';
import type { Tick } from '../model/run.ts';
import { metricName, type Sample } from '../model/sample.ts';
import { createLinuxHost } from './linux.ts';
import { claimedNames } from './names.ts';
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
  /**
   * Resolves with the names of the last reading, without the host in front; reads now if there was
   * none. Never rejects.
   */
  names(): Promise<ReadonlySet<string>>;
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
  let names: ReadonlySet<string> = new Set();
  let first: Promise<unknown> | null = null;
  let isRead = false;

  function readNow() {
    const reading = read().then((readings) => {
      names = claimedNames(readings);
      isRead = true;
      return readings;
    });
    first ??= reading;
    return reading;
  }

  return {
    async collect({ atS }) {
      if (first !== null && !isRead) await first; // a mount is asked by one reading at a time
      const readings = await readNow();
      return readings
        .filter(([, value]) => Number.isFinite(value))
        .map(([name, value]) => ({
          metric: metricName(`${options.hostname}.${name}`),
          value: Math.round(value * 1000) / 1000,
          atS,
        }));
    },
    async names() {
      if (!isRead) await (first ?? readNow());
      return names;
    },
  };
}

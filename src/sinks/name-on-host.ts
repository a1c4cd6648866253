import type { MetricName } from '../model/sample.ts';

/** The metric's name without the `HOSTNAME.` it begins with; null: it is another host's, or from before the host was renamed. */
export function nameOnHost(metric: MetricName, hostname: string): string | null {
  return metric.startsWith(`${hostname}.`) ? metric.slice(hostname.length + 1) : null;
}

import type { MetricName } from '../model/sample.ts';

/**
 * Returns the metric's name without the `HOSTNAME.` in front. Null: the name belongs to another
 * host, or is from before this host was renamed.
 */
export function nameOnHost(metric: MetricName, hostname: string): string | null {
  return metric.startsWith(`${hostname}.`) ? metric.slice(hostname.length + 1) : null;
}

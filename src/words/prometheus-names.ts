/**
 * How a sample is named in Prometheus: one home for `/metrics` and for remote write, so that a
 * series has the same name and labels whichever way it came.
 */

/** A label of Prometheus, or of a format: neither part of a format's label is empty. */
type LabelPair = readonly [name: string, value: string];

/** What names a sample: its full dotted name, and what its format says beside it. */
type NamedSample = {
  readonly metric: string;
  readonly series?: { readonly family: string | null; readonly labels: readonly LabelPair[] } | undefined;
};

/**
 * Returns the name of the sample's family. `HOST.PLUGIN.NAME` becomes `PLUGIN_NAME`; a family of
 * its series takes its place. A character that Prometheus does not allow becomes `_`.
 */
export function prometheusName({ metric, series }: NamedSample, hostname: string): string {
  const clean = (series?.family ?? withoutHost(metric, hostname)).replace(/[^A-Za-z0-9_:]/g, '_');
  return /^\d/.test(clean) ? `_${clean}` : clean;
}

/**
 * Returns the sample's labels, each name once: `host` and `metric`, which is the full dotted name
 * and distinguishes names that are the same in Prometheus. `host` is empty for a name that does not
 * begin with this host's. A sample of a family has the labels of its series and `host`, unless
 * these have a `host`. Half of a character becomes U+FFFD.
 */
export function prometheusLabels({ metric, series }: NamedSample, hostname: string): readonly LabelPair[] {
  if (series?.family == null)
    return [
      ['host', metric.startsWith(`${hostname}.`) ? hostname : ''],
      ['metric', metric],
    ];
  const valid = new Map<string, string>();
  for (const [label, value] of series.labels) {
    let name = labelName(label);
    while (valid.has(name)) name += '_';
    valid.set(name, value.replace(/\p{Surrogate}/gu, '\ufffd'));
  }
  if (!valid.has('host')) valid.set('host', hostname);
  return [...valid];
}

function withoutHost(metric: string, hostname: string): string {
  return metric.startsWith(`${hostname}.`) ? metric.slice(hostname.length + 1) : metric;
}

/** Names that begin with two underscores belong to Prometheus itself. */
function labelName(label: string): string {
  const clean = label.replace(/[^A-Za-z0-9_]/g, '_').replace(/^__+/, '_');
  return /^\d/.test(clean) ? `_${clean}` : clean;
}

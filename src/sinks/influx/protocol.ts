/**
 * InfluxDB's line protocol, without a socket: `MEASUREMENT,host=HOSTNAME value=VALUE
 * UNIX_SECONDS`. A number without a letter at its end is a float. InfluxDB 1, 2 and 3,
 * VictoriaMetrics and Telegraf read every form of `valueText` as a float.
 */
import type { HttpAnswer } from '../../io/net/http-post.ts';
import type { InfluxSettings } from '../../model/config.ts';
import type { Sample } from '../../model/sample.ts';
import type { Series } from '../../model/series.ts';
import { returnedAsRefused } from '../delivery-results.ts';
import { type HttpPeer, type HttpVerdict, judgeAnswer, quoteAnswer } from '../http-answer.ts';
import { nameOnHost } from '../name-on-host.ts';
import { valueText } from '../value-text.ts';

/**
 * Returns one sample as a line, without its end. A name that does not begin with `hostname`
 * becomes the measurement unchanged, without the tag `host`.
 */
export function influxLine(sample: Sample, hostname: string): string {
  const name = nameOnHost(sample.metric, hostname);
  if (sample.series !== undefined)
    return `${describedSeries(sample.series, sample.metric, name, hostname)}${end(sample)}`;
  const series =
    name === null ? escapeMeasurement(sample.metric) : `${escapeMeasurement(name)},host=${escapeTagValue(hostname)}`;
  return `${series}${end(sample)}`;
}

function end({ value, atS }: Sample): string {
  return ` value=${valueText(value)} ${atS}`;
}

/**
 * Returns measurement and tags of a sample with a series: the family, or else the name, and the
 * labels. The tag of the host is `agent_host` where a label is called `host`; a label of that name,
 * too, takes its place.
 */
function describedSeries({ family, labels }: Series, metric: string, name: string | null, hostname: string): string {
  const tags = new Map(labels.map(([label, value]) => [tagKey(label), value]));
  const hostTag = tags.has('host') ? 'agent_host' : 'host';
  if (name !== null && !tags.has(hostTag)) tags.set(hostTag, hostname);
  let series = escapeMeasurement(storable(family ?? name ?? metric).replace(/^#/, '_')); // # begins a comment
  for (const [key, value] of tags) series += `,${escapeTagValue(key)}=${escapeTagValue(storable(value))}`;
  return series;
}

/** Returns a label's name as the key of a tag. InfluxDB refuses points with some of them. */
function tagKey(label: string): string {
  return /^(time|_field|_measurement)$/.test(label) ? `${label}_` : storable(label);
}

/**
 * Returns a text without what servers read differently: a backslash becomes `/`, a control
 * character `_`.
 */
function storable(text: string): string {
  return text.replace(/\\/g, '/').replace(/\p{Cc}/gu, '_');
}

/**
 * Returns the URL to post lines to: with the path and query of InfluxDB 1 for a database, with
 * those of InfluxDB 2 for a bucket.
 */
export function writeUrl({ url, into }: Pick<InfluxSettings, 'url' | 'into'>): string {
  if (into.kind === 'database') return `${url}/write?${new URLSearchParams({ db: into.database, precision: 's' })}`;
  const org = into.org === null ? {} : { org: into.org };
  return `${url}/api/v2/write?${new URLSearchParams({ bucket: into.bucket, ...org, precision: 's' })}`;
}

/**
 * Returns what `answer` to a batch of `samples` samples means: the rules of `judgeAnswer`, and
 * those of InfluxDB alone. Never throws.
 */
export function judgeInfluxAnswer(answer: HttpAnswer, peer: HttpPeer, samples: number, nowMs: number): HttpVerdict {
  const detail = `${peer.url} answered ${answer.status}${quoteAnswer(answer, peer.secrets)}`;
  const dropped = droppedOf(answer);
  if (dropped !== null) {
    const count = Math.min(dropped.atLeast, samples);
    return {
      kind: 'dropped',
      samples: count,
      detail: dropped.isAll || count === samples ? detail : `${detail}: at least ${count} dropped`,
    };
  }
  if (answer.status === 400 && /provide either orgID or org/i.test(answer.text))
    return returnedAsRefused(`${detail}; give org = NAME`);
  return judgeAnswer(answer, peer, samples, nowMs);
}

/**
 * InfluxDB 3 lists this many refused lines at most (its reference, *Troubleshoot issues writing
 * data*).
 */
const mostListed = 100;

/**
 * Returns how many samples were refused at least while the others were written, and whether that
 * is all. Null: the answer does not say so, or may mean another failure. InfluxDB 1 answers 400,
 * and 2 answers 422 (500 in its first versions), both with `partial write: … dropped=N`, where N
 * is 0 for lines it could not read. InfluxDB 3 answers 400 and lists lines with their
 * `line_number`.
 */
function droppedOf({
  status,
  text,
  isWhole,
}: HttpAnswer): { readonly atLeast: number; readonly isAll: boolean } | null {
  if (status < 400 || !text.includes('partial write')) return null;
  const said = [...text.matchAll(/\bdropped=(\d+)/g)].at(-1)?.[1];
  if (said !== undefined) return { atLeast: Math.max(1, Number(said)), isAll: true };
  const listed = text.match(/"line_number"/g)?.length ?? 0;
  if (listed > 0) return { atLeast: listed, isAll: isWhole && listed < mostListed };
  return status < 500 ? { atLeast: 1, isAll: false } : null;
}

function escapeMeasurement(text: string): string {
  return text.replace(/[, ]/g, '\\$&');
}

function escapeTagValue(text: string): string {
  return text.replace(/[,= ]/g, '\\$&');
}

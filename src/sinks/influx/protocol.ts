/**
 * InfluxDB's line protocol, without a socket: `MEASUREMENT,host=HOSTNAME value=VALUE UNIX_SECONDS`. A number without a letter behind it
 * is a float there, and every form of `valueText` is one to InfluxDB 1, 2 and 3, to VictoriaMetrics and to Telegraf.
 */
import type { HttpAnswer } from '../../io/net/http-post.ts';
import type { InfluxSettings } from '../../model/config.ts';
import type { Sample } from '../../model/sample.ts';
import { type HttpPeer, type HttpVerdict, judgeAnswer, quoteAnswer, refused } from '../http-answer.ts';
import { nameOnHost } from '../name-on-host.ts';
import { valueText } from '../value-text.ts';

/** One sample as a line, without its end. A name that does not begin with `hostname` is the measurement as it is, and has no tag. */
export function influxLine(sample: Sample, hostname: string): string {
  const name = nameOnHost(sample.metric, hostname);
  const series =
    name === null ? escapeMeasurement(sample.metric) : `${escapeMeasurement(name)},host=${escapeTagValue(hostname)}`;
  return `${series} value=${valueText(sample.value)} ${sample.atS}`;
}

/** Where lines are posted to: the path and query of InfluxDB 1 for a database, those of InfluxDB 2 for a bucket. */
export function writeUrl({ url, into }: Pick<InfluxSettings, 'url' | 'into'>): string {
  if (into.kind === 'database') return `${url}/write?${new URLSearchParams({ db: into.database, precision: 's' })}`;
  const org = into.org === null ? {} : { org: into.org };
  return `${url}/api/v2/write?${new URLSearchParams({ bucket: into.bucket, ...org, precision: 's' })}`;
}

/** The `authorization` header of a login, and all in it that nobody may see; null: there is no login. */
export function authorizationOf(
  login: InfluxSettings['login'],
): { readonly header: string; readonly secrets: readonly string[] } | null {
  switch (login.kind) {
    case 'none':
      return null;
    case 'token':
      return { header: `Token ${login.token}`, secrets: [login.token] };
    case 'password': {
      const basic = Buffer.from(`${login.username}:${login.password}`).toString('base64');
      return { header: `Basic ${basic}`, secrets: [login.password, basic] };
    }
  }
}

/** What `answer` to a batch of `samples` samples means: `judgeAnswer`, and what is InfluxDB's own. Never throws. */
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
    return refused(`${detail}; give org = NAME`);
  return judgeAnswer(answer, peer, samples, nowMs);
}

/** InfluxDB 3 lists so many refused lines, and no more (its reference, *Troubleshoot issues writing data*). */
const mostListed = 100;

/**
 * How many samples were refused while the others were written, and whether these are all; null: the answer does not speak of that, or
 * may do so of another failure. InfluxDB 1 answers 400, 2 answers 422 (500 in its first versions), both with `partial write: … dropped=N`,
 * where N is 0 for lines it could not read; 3 answers 400 and lists lines with their `line_number`.
 */
function droppedOf({
  status,
  text,
  isWhole,
}: HttpAnswer): { readonly atLeast: number; readonly isAll: boolean } | null {
  if (status < 400 || !text.includes('partial write')) return null;
  const told = [...text.matchAll(/\bdropped=(\d+)/g)].at(-1)?.[1];
  if (told !== undefined) return { atLeast: Math.max(1, Number(told)), isAll: true };
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

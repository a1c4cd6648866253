/**
 * Prometheus remote write, without a socket: the messages of its two versions
 * (prometheus.io/docs/specs/prw), and what a server's answers mean.
 */
import type { HttpAnswer } from '../../io/net/http-post.ts';
import type { Sample } from '../../model/sample.ts';
import type { SeriesKind } from '../../model/series.ts';
import { type HttpPeer, type HttpVerdict, judgeAnswer, quoteAnswer } from '../http-answer.ts';
import { ProtobufWriter } from '../protobuf.ts';
import type { RemoteSeries } from './series.ts';

/** The headers of each version, beside those of the configuration. */
export const versionHeaders = {
  '1.0': {
    'content-encoding': 'snappy',
    'content-type': 'application/x-protobuf',
    'x-prometheus-remote-write-version': '0.1.0',
  },
  '2.0': {
    'content-encoding': 'snappy',
    'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request',
    'x-prometheus-remote-write-version': '2.0.0',
  },
} as const;

/** About how many bytes a series takes with one sample. */
const seriesBytes = 160;

/** Returns the message `prometheus.WriteRequest` of version 1.0. It has neither unit nor kind. */
export function writeRequest(all: readonly RemoteSeries[]): Buffer {
  const writer = new ProtobufWriter(all.length * seriesBytes);
  for (const { labels, samples } of all) {
    const series = writer.begin(1);
    for (const [name, value] of labels) {
      const label = writer.begin(1);
      writer.string(1, name);
      writer.string(2, value);
      writer.end(label);
    }
    writeSamples(writer, samples);
    writer.end(series);
  }
  return writer.finish();
}

/**
 * Returns the message `io.prometheus.write.v2.Request` of version 2.0: labels and units are numbers
 * of texts, and each text is there once.
 */
export function writeRequestV2(all: readonly RemoteSeries[]): Buffer {
  const writer = new ProtobufWriter(all.length * seriesBytes);
  const symbols = new Map([['', 0]]); // the first one must be empty
  const symbol = (text: string): number => {
    const known = symbols.get(text);
    if (known !== undefined) return known;
    symbols.set(text, symbols.size);
    return symbols.size - 1;
  };
  for (const { labels, samples, kind, unit } of all) {
    const series = writer.begin(5);
    writer.packedIntegers(
      1,
      labels.flatMap(([name, value]) => [symbol(name), symbol(value)]),
    );
    writeSamples(writer, samples);
    const metadata = writer.begin(5);
    writer.integer(1, metricTypes[kind]);
    if (unit !== '') writer.integer(4, symbol(unit));
    writer.end(metadata);
    writer.end(series);
  }
  for (const text of symbols.keys()) writer.string(4, text);
  return writer.finish();
}

/** `METRIC_TYPE_COUNTER`, `METRIC_TYPE_GAUGE` and `METRIC_TYPE_INFO` */
const metricTypes: Readonly<Record<SeriesKind, number>> = { counter: 1, gauge: 2, info: 6 };

/** Both versions have samples as field 2 of a series, in the same form. What is missing is 0. */
function writeSamples(writer: ProtobufWriter, samples: readonly Sample[]): void {
  for (const { value, atS } of samples) {
    const sample = writer.begin(2);
    if (value !== 0) writer.double(1, value);
    if (atS > 0) writer.integer(2, atS * 1000);
    writer.end(sample);
  }
}

/**
 * Whether an answer to a request of version 2.0 is from a server that speaks it. `isKnown`: it has
 * given such an answer before. A server of 1.0 answers 415 or 400; one that does not look at the
 * content type finds no samples in the request and answers with a success. A server of 2.0 says
 * how many samples it wrote.
 */
export function speaksV2({ status, samplesWritten }: HttpAnswer, isKnown: boolean): boolean {
  if (status === 415) return false;
  if (samplesWritten !== null) return true;
  return status >= 300 && (isKnown || status !== 400);
}

/** What Prometheus and others say of a sample that comes too late, or comes twice. */
const aboutSamples = /out of order sample|duplicate sample for timestamp|out of bounds|too old sample/i;

/** What Mimir and Cortex answer when they have stored all samples but those that they refuse. */
const storedTheOthers = /err-mimir-|failed pushing to ingester|^user=\S+: err: /i;

/**
 * Returns what `answer` to a request of `samples` samples means: the rules of `judgeAnswer`, and
 * those of remote write. Prometheus takes back the whole request because of one sample, so that the
 * others must be sent again. Never throws.
 */
export function judgeRemoteWriteAnswer(
  answer: HttpAnswer,
  peer: HttpPeer,
  samples: number,
  nowMs: number,
): HttpVerdict {
  const { status, text, samplesWritten } = answer;
  const detail = `${peer.url} answered ${status}${quoteAnswer(answer, peer.secrets)}`;
  const written = Number(samplesWritten ?? 0);
  if (status === 400 && written > 0) return { kind: 'stored-others', samples: Math.max(1, samples - written), detail };
  const hasStoredOthers = status === 409 || (status === 400 && storedTheOthers.test(text)); // 409: Thanos
  if (hasStoredOthers && samples > 1)
    return { kind: 'stored-others', samples: 1, detail: `${detail}: at least 1 dropped` };
  // Prometheus 2.42 answers 500 to a sample that is too old for its out_of_order_time_window.
  if (hasStoredOthers || ((status === 400 || status === 500) && aboutSamples.test(text)))
    return { kind: 'refused-samples', areAtFault: true, detail };
  const verdict = judgeAnswer(answer, peer, samples, nowMs);
  return verdict.kind === 'dropped' ? { kind: 'refused-samples', areAtFault: false, detail } : verdict;
}

/**
 * Sends bodies in gzip to a server that perhaps does not accept that. The rule: no sample is
 * dropped because its batch was compressed. A refusal that may be about gzip is followed by the
 * same batch uncompressed, whose verdict counts.
 */
import type { Emit } from '../model/event.ts';
import type { HttpVerdict } from './http-answer.ts';

/** The body of one request, with `samples` samples. Without `encoding` it is not compressed. */
export type HttpBody = {
  readonly samples: number;
  readonly content: string | Uint8Array;
  readonly encoding?: string;
};

/** What an answer means, and its status; `status` null: there was none. */
export type HttpReport = { readonly status: number | null; readonly verdict: HttpVerdict | 'send-again' };

/** Shorter bodies fit in one packet as they are. */
const leastBytes = 1024;

/**
 * Returns a function that sends a body by `send`, compressed by `compress` if it is long. Once the
 * server has refused a compressed body and accepted the same one uncompressed, `sink.uncompressed`
 * is emitted, and nothing is compressed any more. `compress` gives null if it fails.
 */
export function createGzipTrial(
  emit: Emit,
  sink: string,
  url: string,
  compress: (content: string | Uint8Array) => Promise<Uint8Array | null>,
  send: (body: HttpBody) => Promise<HttpReport>,
): (body: HttpBody) => Promise<HttpReport['verdict']> {
  let isRefused = false;

  return async (body) => {
    const isLong = Buffer.byteLength(body.content) > leastBytes;
    const content = isLong && !isRefused ? await compress(body.content) : null;
    if (content === null) return (await send(body)).verdict;
    const compressed = await send({ ...body, content, encoding: 'gzip' });
    if (!mayBeAboutGzip(compressed, body.samples)) return compressed.verdict;
    const { verdict } = await send(body);
    if (isTaken(verdict, body.samples)) {
      isRefused = true;
      const detail =
        `${url} answered ${compressed.status} to a request in gzip, and accepted the same one uncompressed; ` +
        `requests are not compressed any more: remove compression from [sink:${sink}]`;
      emit({ event: 'sink.uncompressed', sink, detail });
    }
    return verdict;
  };
}

/**
 * Whether an answer may say that the server does not accept gzip: 415 (RFC 9110, 15.5.16), or
 * another refusal of everything, by a server that took the compressed bytes for text.
 */
function mayBeAboutGzip({ status, verdict }: HttpReport, samples: number): boolean {
  if (verdict === 'send-again') return false;
  if (status === 415) return true;
  if (status === null || status < 400 || status >= 500) return false;
  return status === 400 ? !isTaken(verdict, samples) : verdict.kind === 'dropped' && verdict.samples >= samples;
}

/** Whether at least one of the samples has arrived. */
function isTaken(verdict: HttpReport['verdict'], samples: number): boolean {
  if (verdict === 'send-again') return false;
  return (
    verdict.kind === 'accepted' ||
    verdict.kind === 'stored-others' ||
    (verdict.kind === 'dropped' && verdict.samples < samples)
  );
}

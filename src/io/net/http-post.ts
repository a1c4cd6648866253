import { type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { TlsSettings } from '../../model/config.ts';
import { ok } from '../../model/result.ts';
import type { Clock, Timer } from '../clock.ts';
import { codeOf, messageOf } from '../errors.ts';
import { readCa } from './ca-file.ts';
import {
  addressText,
  type ConnectionFailure,
  explainConnectionFailure,
  type PeerWords,
  secureHint,
} from './connection-failure.ts';
import { eachAddress } from './each-address.ts';

/**
 * What to post. `url` is one of http or https; `headers` are in small letters, without those that frame a message; `tls` is looked at
 * behind https only; `silenceMs` is how long the other side may be silent at any step.
 */
export type SinkHttpRequest = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly tls: TlsSettings;
  readonly silenceMs: number;
};

/**
 * What the server answered. Headers are as they came, null where there was none. `text` is the body, at most its first 256 KiB;
 * `isWhole` tells whether it is all of it.
 */
export type HttpAnswer = {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly date: string | null;
  readonly location: string | null;
  readonly text: string;
  readonly isWhole: boolean;
};

/** How a request ended. `mayHaveArrived`: some of it was on its way when it failed. */
export type HttpOutcome =
  | { readonly kind: 'answered'; readonly answer: HttpAnswer }
  | { readonly kind: 'failed'; readonly failure: ConnectionFailure; readonly mayHaveArrived: boolean };

/**
 * Posts one body over a connection of its own: no proxy, no redirect is followed, nothing is said before a certificate was accepted.
 * `onDone` is called once, never before this has returned, and not after `abort`. Never throws.
 */
export type HttpPost = (
  clock: Clock,
  asked: SinkHttpRequest,
  onDone: (outcome: HttpOutcome) => void,
) => { abort(): void };

const server: PeerWords = { what: 'server', plain: 'http://', secure: 'https://' };

/** The body is written in parts of so many bytes; each that the other side takes breaks its silence. */
const partBytes = 64 * 1024;

/** So much of an answer's body is read before we hang up: enough for one that lists a thousand lines which it refused. */
const readBytes = 256 * 1024;

/** Posts from this machine. */
export const httpPost: HttpPost = (clock, asked, onDone) => {
  const url = new URL(asked.url);
  const isTls = url.protocol === 'https:';
  const address = { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port) || (isTls ? 443 : 80) };
  const where = addressText(address);
  const body = Buffer.from(asked.body);
  let written = 0;
  let isOpen = false;
  let isDone = false;
  let moment = 'while connecting';
  let answerSoFar: (() => HttpAnswer) | null = null;
  let silence: Timer = clock.after(asked.silenceMs, onSilence);
  const request = open();

  return {
    abort() {
      isDone = true;
      silence.cancel();
      request?.destroy();
    },
  };

  function open(): ClientRequest | null {
    const ca = isTls ? readCa(asked.tls.caFile) : ok(null);
    if (!ca.ok) {
      queueMicrotask(() => fail(ca.error));
      return null;
    }
    const options = {
      ...eachAddress,
      method: 'POST',
      agent: false,
      headers: { ...asked.headers, 'content-length': body.length },
    };
    try {
      const opened = isTls
        ? requestHttps(url, {
            ...options,
            rejectUnauthorized: asked.tls.verify,
            ...(ca.value === null ? {} : { ca: ca.value }),
          })
        : requestHttp(url, options);
      listenTo(opened);
      return opened;
    } catch (error) {
      queueMicrotask(() => fail(unsendable(error, where)));
      return null;
    }
  }

  function listenTo(opened: ClientRequest): void {
    opened.on('socket', (socket) => {
      socket.once(isTls ? 'secureConnect' : 'connect', () => {
        isOpen = true;
        writeOn();
      });
      socket.prependOnceListener('end', () => {
        if (isOpen && answerSoFar === null) fail({ code: 'ECONNRESET', detail: closedEarly() }); // Node would call it a reset
      });
    });
    opened.on('response', read);
    opened.on('upgrade', (response, socket) => {
      socket.destroy();
      read(response);
      finish();
    });
    opened.on('error', (error) => (answerSoFar === null ? fail(explain(error)) : finish()));
  }

  function writeOn(): void {
    if (isDone || answerSoFar !== null) return; // who answers before all is written wants no more of it
    progress('before all was written');
    const part = body.subarray(written, written + partBytes);
    written += part.length;
    try {
      if (written === body.length) request?.end(part, () => progress('before it answered'));
      // Two turns of the loop: an answer that has come is read in between. A write after the reset that may follow it would lose it.
      else request?.write(part, () => setImmediate(() => setImmediate(writeOn)));
    } catch (error) {
      done({ kind: 'failed', failure: unsendable(error, where), mayHaveArrived: false }); // Node looks at some headers at the first write only
    }
  }

  /** From now on the answer counts, also where its body breaks off, never ends or is endless: the batch was judged. */
  function read(response: IncomingMessage): void {
    if (isDone) return;
    const kept: Buffer[] = [];
    let length = 0;
    answerSoFar = () => answerOf(response, Buffer.concat(kept), length);
    progress('');
    response.on('data', (chunk: Buffer) => {
      kept.push(chunk);
      length += chunk.length;
      if (length > readBytes) finish();
    });
    for (const ending of ['end', 'error', 'close']) response.on(ending, finish);
  }

  function finish(): void {
    if (answerSoFar !== null) done({ kind: 'answered', answer: answerSoFar() });
  }

  function fail(failure: ConnectionFailure): void {
    done({ kind: 'failed', failure, mayHaveArrived: isOpen });
  }

  function done(outcome: HttpOutcome): void {
    if (isDone) return;
    isDone = true;
    silence.cancel();
    request?.destroy();
    onDone(outcome);
  }

  function progress(nextMoment: string): void {
    if (isDone) return;
    moment = nextMoment;
    silence.cancel();
    silence = clock.after(asked.silenceMs, onSilence);
  }

  function onSilence(): void {
    if (answerSoFar !== null) finish();
    else fail({ code: 'ETIMEDOUT', detail: `${where} was silent for ${asked.silenceMs / 1000} s ${moment}` });
  }

  function closedEarly(): string {
    return `${where} closed the connection ${moment}${isTls ? '' : secureHint(where, server)}`;
  }

  function explain(error: unknown): ConnectionFailure {
    return explainConnectionFailure(error, address, { isOpen, isTls }, server);
  }
};

/** Node refuses a header that holds what HTTP can't carry; it names the header and not its value. */
function unsendable(error: unknown, where: string): ConnectionFailure {
  return {
    code: codeOf(error),
    detail: `nothing can be sent to ${where}: ${messageOf(error)}`,
  };
}

function answerOf(response: IncomingMessage, bytes: Buffer, length: number): HttpAnswer {
  return {
    status: response.statusCode ?? 0,
    retryAfter: response.headers['retry-after'] ?? null,
    date: response.headers.date ?? null,
    location: response.headers.location ?? null,
    text: new TextDecoder().decode(bytes.subarray(0, readBytes), { stream: true }), // stream: a character that is cut is left out
    isWhole: response.complete && length <= readBytes,
  };
}

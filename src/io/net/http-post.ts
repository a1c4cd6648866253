import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Clock, Timer } from '../clock.ts';
import { type ConnectionFailure, explainConnectionFailure, type PeerWords, secureHint } from './connection-failure.ts';
import { type HttpTarget, openRequest, type SinkHttpRequest, targetOf, unsendable } from './http-request.ts';

/**
 * What the server answered. Headers are as they came, null if there was none. `text` is the body,
 * at most its first 256 KiB; `isWhole` says whether it is all of the body.
 */
export type HttpAnswer = {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly date: string | null;
  readonly location: string | null;
  /** `X-Prometheus-Remote-Write-Samples-Written` */
  readonly samplesWritten: string | null;
  readonly text: string;
  readonly isWhole: boolean;
};

/**
 * How a request ended. `mayHaveArrived`: a part of it may have reached the server before it
 * failed.
 */
export type HttpOutcome =
  | { readonly kind: 'answered'; readonly answer: HttpAnswer }
  | { readonly kind: 'failed'; readonly failure: ConnectionFailure; readonly mayHaveArrived: boolean };

/**
 * Posts one body over a connection of its own. Uses no proxy, follows no redirect, and sends
 * nothing before the certificate was accepted. Calls `onDone` once, never before it has returned,
 * and not after `abort`. Never throws.
 */
export type HttpPost = (
  clock: Clock,
  request: SinkHttpRequest,
  onDone: (outcome: HttpOutcome) => void,
) => { abort(): void };

/** Posts from this machine. */
export const httpPost: HttpPost = (clock, request, onDone) => {
  const exchange = new HttpExchange(clock, request, onDone);
  return { abort: () => exchange.abort() };
};

type ExchangeState =
  /** The connection is being opened. Nothing has been sent. */
  | { readonly kind: 'connecting' }
  /** The body is being written, part by part. */
  | { readonly kind: 'writing'; writtenBytes: number }
  /** All is written, and no answer has come. */
  | { readonly kind: 'waiting' }
  /**
   * The answer has begun. It counts from now on, even if its body breaks off or never ends: the
   * server has judged the batch.
   */
  | { readonly kind: 'answering'; readonly answer: () => HttpAnswer }
  /** `onDone` was called, or the request was aborted. */
  | { readonly kind: 'done' };

const moments: Readonly<Record<ExchangeState['kind'], string>> = {
  connecting: 'while connecting',
  writing: 'before all was written',
  waiting: 'before it answered',
  answering: '',
  done: '',
};

const server: PeerWords = { what: 'server', plain: 'http://', secure: 'https://' };

const partBytes = 64 * 1024; // the body is written in parts; each one that the server takes ends its silence

const mostAnswerBytes = 256 * 1024; // enough for an answer that lists a thousand refused lines

/** One request and its answer. */
class HttpExchange {
  readonly #clock: Clock;
  readonly #request: SinkHttpRequest;
  readonly #onDone: (outcome: HttpOutcome) => void;
  readonly #target: HttpTarget;
  readonly #body: Buffer;
  readonly #client: ClientRequest | null; // null: it could not be opened
  #state: ExchangeState = { kind: 'connecting' };
  #silence: Timer;

  constructor(clock: Clock, request: SinkHttpRequest, onDone: (outcome: HttpOutcome) => void) {
    this.#clock = clock;
    this.#request = request;
    this.#onDone = onDone;
    this.#target = targetOf(new URL(request.url));
    this.#body = bufferOfBody(request.body);
    this.#silence = this.#startSilence();
    this.#client = this.#open();
  }

  abort(): void {
    this.#state = { kind: 'done' };
    this.#letGo();
  }

  #open(): ClientRequest | null {
    const opened = openRequest(this.#request, this.#body.length, this.#target);
    if (opened.ok) this.#listenTo(opened.value);
    else queueMicrotask(() => this.#fail(opened.error));
    return opened.ok ? opened.value : null;
  }

  #listenTo(client: ClientRequest): void {
    client.on('socket', (socket) => {
      socket.once(this.#target.isTls ? 'secureConnect' : 'connect', () => this.#beginToWrite());
      socket.prependOnceListener('end', () => this.#onEarlyEnd()); // Node would call it a reset
    });
    client.on('response', (response) => this.#read(response));
    client.on('upgrade', (response, socket) => {
      socket.destroy();
      this.#read(response);
      this.#finish();
    });
    client.on('error', (error) => (this.#state.kind === 'answering' ? this.#finish() : this.#failBy(error)));
  }

  #beginToWrite(): void {
    if (this.#state.kind !== 'connecting') return;
    this.#state = { kind: 'writing', writtenBytes: 0 };
    this.#writeNextPart();
  }

  /**
   * Writes a part and calls itself again. Stops if the answer has begun: the server wants no more.
   */
  #writeNextPart(): void {
    if (this.#state.kind !== 'writing') return;
    this.#restartSilence();
    const begin = this.#state.writtenBytes;
    const part = this.#body.subarray(begin, begin + partBytes);
    this.#state.writtenBytes += part.length;
    try {
      if (begin + part.length === this.#body.length) this.#client?.end(part, () => this.#onAllWritten());
      // Two turns of the loop: an answer that has come is read in between. A write after the reset
      // that may follow the answer would lose it.
      else this.#client?.write(part, () => setImmediate(() => setImmediate(() => this.#writeNextPart())));
    } catch (error) {
      // Node checks some headers at the first write only.
      this.#end({ kind: 'failed', failure: unsendable(error, this.#target.where), mayHaveArrived: false });
    }
  }

  #onAllWritten(): void {
    if (this.#state.kind === 'writing') this.#state = { kind: 'waiting' };
    this.#restartSilence();
  }

  #read(response: IncomingMessage): void {
    if (this.#state.kind === 'done') return;
    const chunks: Buffer[] = [];
    let lengthBytes = 0;
    this.#state = { kind: 'answering', answer: () => answerOf(response, Buffer.concat(chunks), lengthBytes) };
    this.#restartSilence();
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      lengthBytes += chunk.length;
      if (lengthBytes > mostAnswerBytes) this.#finish();
    });
    for (const ending of ['end', 'error', 'close']) response.on(ending, () => this.#finish());
  }

  #onEarlyEnd(): void {
    const { kind } = this.#state;
    if (kind !== 'writing' && kind !== 'waiting') return;
    const { where, isTls } = this.#target;
    const hint = isTls ? '' : secureHint(where, server);
    this.#fail({ code: 'ECONNRESET', detail: `${where} closed the connection ${moments[kind]}${hint}` });
  }

  #onSilence(): void {
    if (this.#state.kind === 'answering') this.#finish();
    else this.#fail({ code: 'ETIMEDOUT', detail: this.#silenceSentence() });
  }

  #silenceSentence(): string {
    const seconds = this.#request.silenceMs / 1000;
    return `${this.#target.where} was silent for ${seconds} s ${moments[this.#state.kind]}`;
  }

  #startSilence(): Timer {
    return this.#clock.after(this.#request.silenceMs, () => this.#onSilence());
  }

  #restartSilence(): void {
    if (this.#state.kind === 'done') return;
    this.#silence.cancel();
    this.#silence = this.#startSilence();
  }

  /** Ends with what has come of the answer. */
  #finish(): void {
    if (this.#state.kind === 'answering') this.#end({ kind: 'answered', answer: this.#state.answer() });
  }

  #failBy(error: unknown): void {
    const { isTls } = this.#target;
    const isOpen = this.#state.kind !== 'connecting';
    this.#fail(explainConnectionFailure(error, this.#target, { isOpen, isTls }, server));
  }

  #fail(failure: ConnectionFailure): void {
    this.#end({ kind: 'failed', failure, mayHaveArrived: this.#state.kind !== 'connecting' });
  }

  #end(outcome: HttpOutcome): void {
    if (this.#state.kind === 'done') return;
    this.#state = { kind: 'done' };
    this.#letGo();
    this.#onDone(outcome);
  }

  #letGo(): void {
    this.#silence.cancel();
    this.#client?.destroy();
  }
}

/** Returns a body as a buffer; bytes are not copied. */
function bufferOfBody(body: string | Uint8Array): Buffer {
  return typeof body === 'string' ? Buffer.from(body) : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}

function answerOf(response: IncomingMessage, bytes: Buffer, lengthBytes: number): HttpAnswer {
  return {
    status: response.statusCode ?? 0,
    retryAfter: response.headers['retry-after'] ?? null,
    date: response.headers.date ?? null,
    location: response.headers.location ?? null,
    samplesWritten: response.headers['x-prometheus-remote-write-samples-written']?.toString() ?? null,
    // `stream` leaves out a character that was cut.
    text: new TextDecoder().decode(bytes.subarray(0, mostAnswerBytes), { stream: true }),
    isWhole: response.complete && lengthBytes <= mostAnswerBytes,
  };
}

import type { Clock, Timer } from '../io/clock.ts';
import type { Connection, Dial, DialTarget } from '../io/net/dial.ts';
import { throughProxy } from '../io/net/proxy.ts';
import type { Emit } from '../model/event.ts';
import type { Patience, SinkTrouble } from '../model/sink.ts';

const linesPerWrite = 1000;

/** The machine, as far as an exchange needs it. */
export type LineEdges = {
  readonly clock: Clock;
  readonly dial: Dial;
  readonly emit: Emit;
  readonly patience: Pick<Patience, 'silenceMs'>;
};

/**
 * The server of an exchange, and how an item, such as a sample, is written for it: one line without
 * its end. Events name it by `sink`, sentences by `address`.
 */
export type LinePeer<Item> = {
  readonly sink: string;
  readonly address: string;
  readonly target: DialTarget;
  readonly lineOf: (item: Item) => string;
};

/** What a greeting can do. */
export type GreetingActions = {
  /**
   * Sends a line and waits for the server. `moment` ends a sentence about trouble in the meantime:
   * `before it answered hello`. `shown` is the line as the log may show it.
   */
  say(line: string, moment: string, shown: string): void;
  /** Ends the greeting: the items are sent. */
  begin(): void;
  /** Ends the exchange: the server is not the expected one, or refuses the agent. */
  fail(trouble: SinkTrouble): void;
};

/**
 * The part of a protocol that differs between servers: what is said before the samples, and how
 * the server's answers are understood at any time. One greeting belongs to one connection.
 */
export type Greeting = {
  onOpen(actions: GreetingActions): void;
  onData(bytes: Uint8Array, actions: GreetingActions): void;
};

/** How an exchange ended. */
export type ExchangeOutcome =
  /** The server closed the connection in order after the agent's half-close: it has everything. */
  | { readonly kind: 'closed' }
  /** Everything was written and half-closed, and then the server was silent for `silenceMs`. */
  | { readonly kind: 'unclosed' }
  | { readonly kind: 'trouble'; readonly trouble: SinkTrouble; readonly mayHaveArrived: boolean };

/**
 * `onWritten` is called when the operating system has taken the batch and the half-close; `onDone`
 * is called once, at the end.
 */
export type ExchangeHandlers = { onWritten(): void; onDone(outcome: ExchangeOutcome): void };

/** How far an exchange has come. The steps follow each other in this order. */
type ExchangeStep =
  /** Connecting, or waiting for an answer to the greeting; `moment` says to which. */
  | { readonly kind: 'greeting'; readonly moment: string }
  /** Items are written; the operating system takes them as fast as the server reads. */
  | { readonly kind: 'writing' }
  /** All items are written, and the half-close waits behind them. */
  | { readonly kind: 'half-closing' }
  /** The operating system has taken everything. The server is expected to close the connection. */
  | { readonly kind: 'awaiting-close' };

/**
 * Starts one connection for one batch of lines, for servers that do not acknowledge lines:
 * connect, greeting, lines, half-close, and the server's close. Nothing is sent again and nothing
 * is decided here. `abort` drops the connection; no handler is called after it. Never throws.
 */
export function startLineExchange<Item>(
  edges: LineEdges,
  peer: LinePeer<Item>,
  greeting: Greeting,
  items: readonly Item[],
  handlers: ExchangeHandlers,
): { abort(): void } {
  return new LineExchange(edges, peer, greeting, items, handlers);
}

class LineExchange<Item> {
  readonly #edges: LineEdges;
  readonly #peer: LinePeer<Item>;
  readonly #items: readonly Item[];
  readonly #handlers: ExchangeHandlers;
  readonly #connection: Connection;

  #step: ExchangeStep;
  /**
   * Ends the exchange when the server has been silent for too long. Started again at each
   * progress.
   */
  #silence: Timer;
  /** How many items were handed to the connection. */
  #written = 0;
  #hasAnswered = false;

  constructor(
    edges: LineEdges,
    peer: LinePeer<Item>,
    greeting: Greeting,
    items: readonly Item[],
    handlers: ExchangeHandlers,
  ) {
    this.#edges = edges;
    this.#peer = peer;
    this.#items = items;
    this.#handlers = handlers;
    this.#step = { kind: 'greeting', moment: `while connecting${throughProxy(peer.target.proxy ?? null)}` };
    this.#silence = this.#startSilence();
    const actions: GreetingActions = {
      say: (line, moment, shown) => this.#say(line, moment, shown),
      begin: () => this.#writeOn(),
      fail: (trouble) => this.#fail(trouble),
    };
    this.#connection = edges.dial(peer.target, {
      onOpen: () => greeting.onOpen(actions),
      onData: (bytes) => {
        this.#hasAnswered = true;
        greeting.onData(bytes, actions);
      },
      onDrain: () => (this.#step.kind === 'writing' ? this.#writeOn() : this.#enter(this.#step)),
      onFinish: () => {
        this.#enter({ kind: 'awaiting-close' });
        handlers.onWritten();
      },
      onEnd: () =>
        this.#step.kind === 'awaiting-close' ? this.#done({ kind: 'closed' }) : this.#lost(this.#closedEarly()),
      onClose: (failure) => this.#lost(failure?.detail ?? this.#closedEarly()),
    });
  }

  abort(): void {
    this.#silence.cancel();
    this.#connection.destroy();
  }

  #done(outcome: ExchangeOutcome): void {
    this.abort();
    this.#handlers.onDone(outcome);
  }

  #fail(trouble: SinkTrouble): void {
    this.#done({ kind: 'trouble', trouble, mayHaveArrived: this.#written > 0 });
  }

  #lost(sentence: string): void {
    this.#fail({ kind: 'lost', sentence, commands: [] });
  }

  #closedEarly(): string {
    const { address, target } = this.#peer;
    const hint = !this.#hasAnswered && target.tls === null ? `; if it expects TLS, write tls://${address}` : '';
    return `${address} closed the connection ${momentOfStep(this.#step)}${hint}`;
  }

  #enter(step: ExchangeStep): void {
    this.#step = step;
    this.#silence.cancel();
    this.#silence = this.#startSilence();
  }

  #startSilence(): Timer {
    return this.#edges.clock.after(this.#edges.patience.silenceMs, () => this.#onSilence());
  }

  #onSilence(): void {
    const seconds = this.#edges.patience.silenceMs / 1000;
    if (this.#step.kind === 'awaiting-close') this.#done({ kind: 'unclosed' });
    else this.#lost(`${this.#peer.address} was silent for ${seconds} s ${momentOfStep(this.#step)}`);
  }

  #say(line: string, moment: string, shown: string): void {
    this.#enter({ kind: 'greeting', moment });
    this.#edges.emit({ event: 'wire.sent', sink: this.#peer.sink, line: shown });
    this.#connection.write(`${line}\n`);
  }

  /**
   * Writes until the connection's buffer is full; `onDrain` calls it again. After the last line,
   * half-closes.
   */
  #writeOn(): void {
    while (this.#written < this.#items.length) {
      this.#enter({ kind: 'writing' });
      const lines = this.#items.slice(this.#written, this.#written + linesPerWrite).map(this.#peer.lineOf);
      this.#written += lines.length;
      for (const line of lines) this.#edges.emit({ event: 'wire.sent', sink: this.#peer.sink, line });
      if (!this.#connection.write(`${lines.join('\n')}\n`)) return;
    }
    this.#enter({ kind: 'half-closing' });
    this.#connection.end();
  }
}

/** Ends a sentence about trouble at this step: `before the batch was written`. */
function momentOfStep(step: ExchangeStep): string {
  switch (step.kind) {
    case 'greeting':
      return step.moment;
    case 'writing':
    case 'half-closing':
      return 'before the batch was written';
    case 'awaiting-close':
      return 'after the batch was written';
  }
}

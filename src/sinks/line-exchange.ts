import type { Clock, Timer } from '../io/clock.ts';
import type { Connection, Dial, DialTarget } from '../io/net/dial.ts';
import type { Emit } from '../model/event.ts';
import type { Sample } from '../model/sample.ts';
import type { Patience, SinkTrouble } from '../model/sink.ts';

const linesPerWrite = 1000;

/** The machine, as far as an exchange needs it. */
export type LineEdges = {
  readonly clock: Clock;
  readonly dial: Dial;
  readonly emit: Emit;
  readonly patience: Pick<Patience, 'silenceMs'>;
};

/** Whom to talk to, and how a sample is written: one line without its end. `sink` names the sink in events, `address` the other side in sentences. */
export type LinePeer = {
  readonly sink: string;
  readonly address: string;
  readonly target: DialTarget;
  readonly lineOf: (sample: Sample) => string;
};

/** What a greeting can do. */
export type LineSession = {
  /** Sends a line and waits; `moment` completes a sentence on what goes wrong meanwhile (`before it answered hello`), `shown` is the line as the log may show it. */
  say(line: string, moment: string, shown: string): void;
  /** The greeting is over: the lines may go. */
  begin(): void;
  /** The other side is not what we take it for. Ends the exchange. */
  fail(trouble: SinkTrouble): void;
};

/** What is said before the lines, and what is made of the other side's words at any time. Of one connection. */
export type Greeting = { onOpen(talk: LineSession): void; onData(bytes: Uint8Array, talk: LineSession): void };

/** How an exchange ended. */
export type ExchangeOutcome =
  /** The other side closed in order after our half-close: it has everything. */
  | { readonly kind: 'closed' }
  /** Written whole and half-closed; then silence for as long as we are patient. */
  | { readonly kind: 'unclosed' }
  | { readonly kind: 'trouble'; readonly trouble: SinkTrouble; readonly mayHaveArrived: boolean };

/** What the caller hears: `onWritten` when the batch and our half-close are with the system, `onDone` once, at the end. */
export type ExchangeHandlers = { onWritten(): void; onDone(outcome: ExchangeOutcome): void };

type Step = 'greet' | 'write' | 'finish' | 'close';

/**
 * One connection for one batch of lines, for servers that do not acknowledge any: connect, greeting, lines, half-close, the other
 * side's close. Nothing is sent again and nothing is decided here. `abort` drops the connection; no handler is called after it.
 * Never throws.
 */
export function startLineExchange(
  edges: LineEdges,
  peer: LinePeer,
  greeting: Greeting,
  samples: readonly Sample[],
  handlers: ExchangeHandlers,
): { abort(): void } {
  const { silenceMs } = edges.patience;
  let step: Step = 'greet';
  let moment = 'while connecting';
  let written = 0;
  let isHeard = false;
  let silence: Timer = edges.clock.after(silenceMs, onSilence);
  const talk: LineSession = { say, begin: writeOn, fail };
  const connection: Connection = edges.dial(peer.target, {
    onOpen: () => greeting.onOpen(talk),
    onData(bytes) {
      isHeard = true;
      greeting.onData(bytes, talk);
    },
    onDrain: () => (step === 'write' ? writeOn() : progress(step, moment)),
    onFinish() {
      progress('close', 'after the batch was written');
      handlers.onWritten();
    },
    onEnd: () => (step === 'close' ? done({ kind: 'closed' }) : lost(closedEarly())),
    onClose: (failure) => lost(failure?.detail ?? closedEarly()),
  });
  return { abort };

  function abort(): void {
    silence.cancel();
    connection.destroy();
  }

  function done(outcome: ExchangeOutcome): void {
    abort();
    handlers.onDone(outcome);
  }

  function fail(trouble: SinkTrouble): void {
    done({ kind: 'trouble', trouble, mayHaveArrived: written > 0 });
  }

  function lost(detail: string): void {
    fail({ kind: 'lost', sentence: detail, commands: [] });
  }

  function closedEarly(): string {
    const hint = !isHeard && peer.target.tls === null ? `; if it expects TLS, write tls://${peer.address}` : '';
    return `${peer.address} closed the connection ${moment}${hint}`;
  }

  function progress(next: Step, nextMoment: string): void {
    step = next;
    moment = nextMoment;
    silence.cancel();
    silence = edges.clock.after(silenceMs, onSilence);
  }

  function onSilence(): void {
    if (step === 'close') done({ kind: 'unclosed' });
    else lost(`${peer.address} was silent for ${silenceMs / 1000} s ${moment}`);
  }

  function say(line: string, untilWhen: string, shown: string): void {
    progress('greet', untilWhen);
    edges.emit({ event: 'wire.sent', sink: peer.sink, line: shown });
    connection.write(`${line}\n`);
  }

  function writeOn(): void {
    const beforeWritten = 'before the batch was written';
    while (written < samples.length) {
      progress('write', beforeWritten);
      const lines = samples.slice(written, written + linesPerWrite).map(peer.lineOf);
      written += lines.length;
      for (const line of lines) edges.emit({ event: 'wire.sent', sink: peer.sink, line });
      if (!connection.write(`${lines.join('\n')}\n`)) return; // onDrain goes on
    }
    progress('finish', beforeWritten);
    connection.end();
  }
}

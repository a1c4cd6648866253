import type { Clock, Timer } from '../../io/clock.ts';
import type { Connection, Dial, DialTarget } from '../../io/dial.ts';
import type { Emit } from '../../model/event.ts';
import type { Sample } from '../../model/sample.ts';
import type { Patience, SinkTrouble } from '../../model/sink.ts';
import { afterReply, beginHandshake, type Handshake, type HandshakePeer, maskKey } from './handshake.ts';
import { type AgentIdentity, authenticateLine, decodeReplies, gaugeLine, helloLine, noReplies } from './protocol.ts';

const linesPerWrite = 1000;

/** The machine, as far as an exchange needs it. */
export type ExchangeEdges = {
  readonly clock: Clock;
  readonly dial: Dial;
  readonly emit: Emit;
  readonly patience: Pick<Patience, 'silenceMs'>;
};

/** Whom to talk to and as whom. `sink` names the sink in events. */
export type ExchangePeer = HandshakePeer & { readonly sink: string; readonly target: DialTarget; readonly identity: AgentIdentity };

/** How an exchange ended. */
export type ExchangeOutcome =
  /** The collector closed in order after our half-close: it has everything. */
  | { readonly kind: 'closed' }
  /** Authenticated, written whole and half-closed; then silence for as long as we are patient. */
  | { readonly kind: 'unclosed' }
  | { readonly kind: 'trouble'; readonly trouble: SinkTrouble; readonly mayHaveArrived: boolean };

/** What the caller hears: `onWritten` when the batch and our half-close are with the system, `onDone` once, at the end. */
export type ExchangeHandlers = { onWritten(): void; onDone(outcome: ExchangeOutcome): void };

type Step = 'connect' | 'hello' | 'authenticate' | 'write' | 'finish' | 'close';

/**
 * One connection for one batch: connect, hello, authenticate, lines, half-close, the other side's close. Nothing is sent again
 * and nothing is decided here. `abort` drops the connection; no handler is called after it. Never throws.
 */
export function startExchange(
  edges: ExchangeEdges,
  peer: ExchangePeer,
  samples: readonly Sample[],
  handlers: ExchangeHandlers,
): { abort(): void } {
  const { silenceMs } = edges.patience;
  let step: Step = 'connect';
  let handshake: Handshake = beginHandshake;
  let replies = noReplies;
  let written = 0;
  let silence: Timer = edges.clock.after(silenceMs, onSilence);
  const connection: Connection = edges.dial(peer.target, {
    onOpen: () => send('hello', helloLine(peer.identity)),
    onData,
    onDrain: () => (step === 'write' ? writeOn() : progress(step)),
    onFinish: () => {
      progress('close');
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

  function lost(detail: string): void {
    done({ kind: 'trouble', trouble: { kind: 'lost', detail }, mayHaveArrived: written > 0 });
  }

  function closedEarly(): string {
    const hint = step === 'hello' && peer.target.tls === null ? `; if it expects TLS, write tls://${peer.address}` : '';
    return `${peer.address} closed the connection ${momentOf(step)}${hint}`;
  }

  function progress(next: Step): void {
    step = next;
    silence.cancel();
    silence = edges.clock.after(silenceMs, onSilence);
  }

  function onSilence(): void {
    if (step === 'close') done({ kind: 'unclosed' });
    else lost(`${peer.address} was silent for ${silenceMs / 1000} s ${momentOf(step)}`);
  }

  function send(next: 'hello' | 'authenticate', line: string): void {
    progress(next);
    edges.emit({ event: 'wire.sent', sink: peer.sink, line: next === 'authenticate' ? 'authenticate ***' : line });
    connection.write(`${line}\n`);
  }

  function onData(bytes: Uint8Array): void {
    const decoded = decodeReplies(replies, bytes);
    replies = decoded.state;
    for (const line of decoded.lines) {
      edges.emit({ event: 'wire.received', sink: peer.sink, line: maskKey(line, peer.key) });
      const before = handshake.kind;
      handshake = afterReply(handshake, line, peer);
      if (handshake.kind === before) continue; // a word while we write: nothing hangs on it
      if (handshake.kind === 'authenticating') send('authenticate', authenticateLine(peer.key));
      else if (handshake.kind === 'ready') writeOn();
      else if (handshake.kind === 'failed') {
        done({ kind: 'trouble', trouble: handshake.trouble, mayHaveArrived: false });
        return;
      }
    }
    if (replies.isTooLong) lost(`${peer.address} sent a line without end; is this Instrumental's collector?`);
  }

  function writeOn(): void {
    while (written < samples.length) {
      progress('write');
      const lines = samples.slice(written, written + linesPerWrite).map(gaugeLine);
      written += lines.length;
      for (const line of lines) edges.emit({ event: 'wire.sent', sink: peer.sink, line });
      if (!connection.write(`${lines.join('\n')}\n`)) return; // onDrain goes on
    }
    progress('finish');
    connection.end();
  }
}

function momentOf(step: Step): string {
  switch (step) {
    case 'connect':
      return 'while connecting';
    case 'hello':
    case 'authenticate':
      return `before it answered ${step}`;
    case 'write':
    case 'finish':
      return 'before the batch was written';
    case 'close':
      return 'after the batch was written';
  }
}

import type { Clock, Timer } from '../io/clock.ts';
import type { HttpReply, Stream } from '../io/net/http-server.ts';
import { walkInSteps } from '../io/walk.ts';
import type { Walk } from '../model/walk.ts';
import { statusJson, textReply } from './reply.ts';

/** The status as it changes, sent to the clients that follow it. Costs nothing while none does. */
export type Live = {
  /**
   * A stream of server-sent events. The first is `status`, the whole status; then comes a `change`
   * whenever something has changed, at most four times a second. Status 503 if 100 clients follow
   * already, or what they have not received yet takes too much memory.
   */
  follow(): HttpReply;
  /** Notes that something may have changed. */
  touched(): void;
  /** Ends every stream. */
  close(): void;
};

/** What is sent: the agent, and its plugins. A plugin is sent again once its text differs. */
export type LiveStatus = { readonly agent: object; readonly plugins: Iterable<{ readonly file: string }> };

const betweenMs = 250;
const mostShare = 0.2; // of the time; with thousands of plugins, changes are sent less often
const heartbeatMs = 15_000;
const mostStreams = 100;
const mostWaitingBytes = 4 * 1024 * 1024; // for one client; beyond it, changes are left out
const mostWaitingOfAll = 32 * 1024 * 1024; // shared by all clients

type LiveState =
  /** No status is being made. */
  | 'idle'
  /** A walk makes one. */
  | 'walking'
  /** The same, and something changed meanwhile, which the walk may have passed. */
  | 'touched';

/** Creates the streams, without a client. `statusNow` makes the status of this moment. */
export function createLive(clock: Clock, statusNow: () => LiveStatus): Live {
  const streams = new Set<Stream>();
  const behind = new Set<Stream>(); // these are new or missed a change, and get the whole status next
  let sent: ReadonlyMap<string, string> = new Map(); // each plugin as it was last sent, by its file
  const timers: { change: Timer | null; heartbeat: Timer | null } = { change: null, heartbeat: null };
  let state: LiveState = 'idle';
  let nextMs = Number.NEGATIVE_INFINITY; // not before then

  function walk() {
    timers.change = null;
    state = 'walking';
    const beganMs = clock.monotonicMs();
    const joined = new Set(behind); // a client that comes later gets the status after this one
    const present = [...streams];
    walkInSteps(
      changeWalk(statusNow(), sent),
      (made) => {
        const tookMs = clock.monotonicMs() - beganMs;
        const isTouched = state === 'touched';
        state = 'idle';
        nextMs = beganMs + Math.max(betweenMs, tookMs / mostShare);
        sent = made.next;
        for (const stream of present) if (streams.has(stream)) send(stream, joined.has(stream), made);
        if ([...behind].some((stream) => !present.includes(stream))) soon(0);
        else if (isTouched) touched();
      },
      (error) => {
        state = 'idle';
        for (const stream of present) stream.end(); // the page connects again
        throw error; // a fault of the agent, as with any other callback
      },
    );
  }

  function send(stream: Stream, isWhole: boolean, { status, change }: SentStatus) {
    if (stream.waitingBytes() > Math.min(mostWaitingBytes, mostWaitingOfAll / streams.size)) behind.add(stream);
    else if (isWhole && behind.delete(stream)) write(stream, 'status', status());
    else if (!behind.has(stream)) write(stream, 'change', change());
  }

  function touched() {
    if (state === 'walking') state = 'touched';
    if (streams.size > 0) soon(Math.max(0, nextMs - clock.monotonicMs()));
  }

  function soon(delayMs: number) {
    if (state === 'idle') timers.change ??= clock.after(delayMs, walk);
  }

  function beat() {
    for (const stream of streams) if (stream.waitingBytes() === 0) stream.write(': still here\n\n');
    timers.heartbeat = clock.after(heartbeatMs, beat);
  }

  function begin(stream: Stream) {
    streams.add(stream);
    behind.add(stream);
    timers.heartbeat ??= clock.after(heartbeatMs, beat);
    stream.onClose(() => {
      streams.delete(stream);
      behind.delete(stream);
      if (streams.size > 0) return;
      for (const each of [timers.change, timers.heartbeat]) each?.cancel();
      [timers.change, timers.heartbeat] = [null, null];
    });
    timers.change?.cancel();
    if (state === 'idle') walk();
  }

  return {
    follow: () =>
      isFull(streams)
        ? refused
        : { status: 200, headers: { 'content-type': 'text/event-stream; charset=utf-8' }, stream: begin },
    touched,
    close() {
      for (const stream of streams) stream.end();
    },
  };
}

function isFull(streams: ReadonlySet<Stream>): boolean {
  if (streams.size >= mostStreams) return true;
  return [...streams].reduce((sum, stream) => sum + stream.waitingBytes(), 0) > mostWaitingOfAll;
}

const refused = textReply(503, 'too many pages follow this agent; close one of them', { 'retry-after': '15' });

function write(stream: Stream, event: 'status' | 'change', data: string): void {
  stream.write(`event: ${event}\ndata: ${data}\n\n`);
}

/**
 * What one walk made: the whole status and the change, as JSON, and the plugins that were sent.
 * Each text is made once, if a client needs it.
 */
type SentStatus = { status(): string; change(): string; readonly next: ReadonlyMap<string, string> };

/** Makes a status, and the difference from the plugins that were last sent. */
function* changeWalk({ agent, plugins }: LiveStatus, sent: ReadonlyMap<string, string>): Walk<SentStatus> {
  const next = new Map<string, string>();
  const changed: string[] = [];
  for (const plugin of plugins) {
    const text = JSON.stringify(plugin);
    next.set(plugin.file, text);
    if (text !== sent.get(plugin.file)) changed.push(text);
    yield;
  }
  const removed = [...sent.keys()].filter((file) => !next.has(file));
  const changeText = () =>
    `{"agent":${JSON.stringify(agent)},"plugins":[${changed.join()}],"removed":${JSON.stringify(removed)}}`;
  const texts: { status: string | null; change: string | null } = { status: null, change: null };
  return {
    status: () => (texts.status ??= statusJson(agent, `[${[...next.values()].join()}]`)),
    change: () => (texts.change ??= changeText()),
    next,
  };
}

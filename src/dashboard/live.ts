import type { Clock, Timer } from '../io/clock.ts';
import type { HttpReply, Stream } from '../io/net/http-server.ts';
import type { PluginStatus, Status, StatusChange } from '../model/status.ts';
import { textReply } from './reply.ts';

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

const betweenMs = 250;
const heartbeatMs = 15_000;
const mostStreams = 100;
const mostWaitingBytes = 4 * 1024 * 1024; // for one client; beyond it, changes are left out
const mostWaitingOfAll = 32 * 1024 * 1024; // shared by all clients

/** Creates the streams, without a client. `statusNow` makes the status of this moment. */
export function createLive(clock: Clock, statusNow: () => Status): Live {
  const streams = new Set<Stream>();
  const behind = new Set<Stream>(); // these missed a change, and get the whole status next
  let sent = new Map<string, string>(); // each plugin as it was last sent, by its file
  let timer: Timer | null = null;
  let heartbeat: Timer | null = null;
  let lastMs = Number.NEGATIVE_INFINITY;

  function send(stream: Stream, event: 'status' | 'change', data: string) {
    stream.write(`event: ${event}\ndata: ${data}\n\n`);
  }

  function sendChange() {
    timer = null;
    lastMs = clock.monotonicMs();
    const status = statusNow();
    const { change, next } = changeOf(status, sent);
    sent = next;
    const data = JSON.stringify(change);
    const most = Math.min(mostWaitingBytes, mostWaitingOfAll / streams.size);
    for (const stream of streams) {
      if (stream.waitingBytes() > most) behind.add(stream);
      else if (behind.delete(stream)) send(stream, 'status', JSON.stringify(status));
      else send(stream, 'change', data);
    }
  }

  function beat() {
    for (const stream of streams) if (stream.waitingBytes() === 0) stream.write(': still here\n\n');
    heartbeat = clock.after(heartbeatMs, beat);
  }

  function begin(stream: Stream) {
    const status = statusNow();
    if (streams.size === 0) sent = serialized(status.plugins);
    streams.add(stream);
    heartbeat ??= clock.after(heartbeatMs, beat);
    stream.onClose(() => {
      streams.delete(stream);
      behind.delete(stream);
      if (streams.size > 0) return;
      for (const each of [timer, heartbeat]) each?.cancel();
      [timer, heartbeat] = [null, null];
    });
    // In the same step as `streams.add`, so that the client misses no change in between.
    send(stream, 'status', JSON.stringify(status));
  }

  function isFull(): boolean {
    if (streams.size >= mostStreams) return true;
    return [...streams].reduce((sum, stream) => sum + stream.waitingBytes(), 0) > mostWaitingOfAll;
  }

  return {
    follow: () =>
      isFull()
        ? refused
        : { status: 200, headers: { 'content-type': 'text/event-stream; charset=utf-8' }, stream: begin },
    touched() {
      if (streams.size > 0) timer ??= clock.after(Math.max(0, lastMs + betweenMs - clock.monotonicMs()), sendChange);
    },
    close() {
      for (const stream of streams) stream.end();
    },
  };
}

const refused = textReply(503, 'too many pages follow this agent; close one of them', { 'retry-after': '15' });

function serialized(plugins: readonly PluginStatus[]): Map<string, string> {
  return new Map(plugins.map((plugin) => [plugin.file, JSON.stringify(plugin)]));
}

/** The difference from the plugins that were last sent; `next` are the plugins as they are now. */
function changeOf(
  status: Status,
  sent: ReadonlyMap<string, string>,
): { readonly change: StatusChange; readonly next: Map<string, string> } {
  const { plugins, ...agent } = status;
  const next = serialized(plugins);
  const changed = plugins.filter(({ file }) => next.get(file) !== sent.get(file));
  return { change: { agent, plugins: changed, removed: [...sent.keys()].filter((file) => !next.has(file)) }, next };
}

import type { Clock, Timer } from '../io/clock.ts';
import type { HttpReply, Stream } from '../io/net/http-server.ts';
import type { PluginStatus, Status, StatusChange } from '../model/status.ts';

/** The status as it changes, for who goes on listening. Costs nothing while nobody does. */
export type Live = {
  /** A stream of server-sent events: `status`, the whole of it, and then `change` whenever something did, at most four times a second. */
  follow(): HttpReply;
  /** Something may have changed. */
  touched(): void;
  /** Ends every stream. */
  close(): void;
};

const betweenMs = 250;
const heartbeatMs = 15_000;
const mostWaitingBytes = 4 * 1024 * 1024; // of one client, who then misses some and gets the whole again

/** Nobody follows yet. `statusNow` makes the status as it is. */
export function createLive(clock: Clock, statusNow: () => Status): Live {
  const streams = new Set<Stream>();
  const behind = new Set<Stream>();
  let known = new Map<string, string>(); // each plugin as it was told last
  let timer: Timer | null = null;
  let heartbeat: Timer | null = null;
  let lastMs = Number.NEGATIVE_INFINITY;

  function send(stream: Stream, event: 'status' | 'change', data: string) {
    stream.write(`event: ${event}\ndata: ${data}\n\n`);
  }

  function tell() {
    timer = null;
    lastMs = clock.monotonicMs();
    const status = statusNow();
    const { change, next } = changeOf(status, known);
    known = next;
    const data = JSON.stringify(change);
    for (const stream of streams) {
      if (stream.waitingBytes() > mostWaitingBytes) behind.add(stream);
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
    if (streams.size === 0) known = serialized(status.plugins);
    streams.add(stream);
    heartbeat ??= clock.after(heartbeatMs, beat);
    stream.onClose(() => {
      streams.delete(stream);
      behind.delete(stream);
      if (streams.size > 0) return;
      for (const each of [timer, heartbeat]) each?.cancel();
      [timer, heartbeat] = [null, null];
    });
    send(stream, 'status', JSON.stringify(status)); // the snapshot and the place in the line are one step: nothing is missed between
  }

  return {
    follow: () => ({ status: 200, headers: { 'content-type': 'text/event-stream; charset=utf-8' }, stream: begin }),
    touched() {
      if (streams.size > 0) timer ??= clock.after(Math.max(0, lastMs + betweenMs - clock.monotonicMs()), tell);
    },
    close() {
      for (const stream of streams) stream.end();
    },
  };
}

function serialized(plugins: readonly PluginStatus[]): Map<string, string> {
  return new Map(plugins.map((plugin) => [plugin.file, JSON.stringify(plugin)]));
}

/** What differs from what was told last. */
function changeOf(
  status: Status,
  known: ReadonlyMap<string, string>,
): { readonly change: StatusChange; readonly next: Map<string, string> } {
  const { plugins, ...agent } = status;
  const next = serialized(plugins);
  const changed = plugins.filter(({ file }) => next.get(file) !== known.get(file));
  return { change: { agent, plugins: changed, removed: [...known.keys()].filter((file) => !next.has(file)) }, next };
}

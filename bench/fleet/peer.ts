import type { Clock } from '../../src/io/clock.ts';
import type { Connection, Dial } from '../../src/io/net/dial.ts';
import { tenfold } from './spool.ts';

/**
 * What a collector saw in each second from a given time on. `connections` counts refused ones,
 * too.
 */
export type Seconds = {
  readonly connections: Float64Array;
  readonly samples: Float64Array;
  readonly bytes: Float64Array;
};

/**
 * A collector for a whole fleet, without sockets: it answers `ok`, counts, and closes in order.
 */
export type FleetPeer = {
  readonly seconds: Seconds;
  /** Refuses every connection from now on, or accepts them again. */
  setDown(isDown: boolean): void;
  /** The connection from one host; TLS takes one round trip more than TCP. */
  dialFrom(roundTripMs: number): Dial;
};

/** Counts from `fromMs` on, for the given number of seconds, and nothing before or after. */
export function createFleetPeer(clock: Clock, fromMs: number, lengthS: number): FleetPeer {
  const seconds: Seconds = {
    connections: new Float64Array(lengthS),
    samples: new Float64Array(lengthS),
    bytes: new Float64Array(lengthS),
  };
  const ok = new TextEncoder().encode('ok\n');
  let isDown = false;

  function count(counted: Float64Array, amount: number) {
    const second = Math.floor((clock.nowMs() - fromMs) / 1000);
    if (second >= 0 && second < lengthS) counted[second] = (counted[second] ?? 0) + amount;
  }

  return {
    seconds,
    setDown(down) {
      isDown = down;
    },
    dialFrom: (roundTripMs) => (target, handlers) => {
      const oneWayMs = roundTripMs / 2;
      let isDestroyed = false;
      const comesBack = (delayMs: number, fn: () => void) => void clock.after(delayMs, () => isDestroyed || fn());

      clock.after(oneWayMs, () => {
        count(seconds.connections, 1);
        if (isDown) comesBack(oneWayMs, () => handlers.onClose({ code: 'ECONNREFUSED', detail: 'connection refused' }));
        else comesBack(oneWayMs + (target.tls ? roundTripMs : 0), handlers.onOpen);
      });
      const connection: Connection = {
        write(text) {
          const isData = text.startsWith('gauge ');
          const weight = text.startsWith(`gauge ${tenfold}`) ? 10 : 1;
          const lines = isData ? linesIn(text) : 0;
          const bytes = text.length;
          clock.after(oneWayMs, () => {
            count(seconds.samples, lines * weight);
            count(seconds.bytes, bytes * weight);
            if (!isData) comesBack(oneWayMs, () => handlers.onData(ok));
          });
          return true;
        },
        end() {
          comesBack(0, handlers.onFinish);
          comesBack(roundTripMs, handlers.onEnd);
        },
        destroy() {
          isDestroyed = true;
        },
      };
      return connection;
    },
  };
}

function linesIn(text: string): number {
  let lines = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines += 1;
  return lines;
}

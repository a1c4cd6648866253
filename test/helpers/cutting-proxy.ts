import { connect, createServer, type Socket } from 'node:net';

/** Toward the server, or back from it. */
export type Direction = 'up' | 'down';

/**
 * After `afterBytes` bytes in that direction, the connection is reset at both ends, or carries
 * nothing more either way.
 */
export type Cut = { readonly direction: Direction; readonly afterBytes: number; readonly how: 'reset' | 'stall' };

/** One connection through the proxy. */
export type Passage = {
  /** How many bytes passed. */
  readonly bytes: Readonly<Record<Direction, number>>;
  /** Resolves when the cut has happened; never, if fewer bytes pass. */
  readonly cut: Promise<void>;
  readonly hasCut: () => boolean;
  /** Closes the sockets that a stall has left open. */
  end(): void;
};

/** A proxy between real sockets. */
export type CuttingProxy = {
  readonly port: number;
  /** Says how to cut the next connection; null: not at all. */
  next(cut: Cut | null): Passage;
  close(): Promise<void>;
};

const opposite: Readonly<Record<Direction, Direction>> = { up: 'down', down: 'up' };

/**
 * Starts a proxy on 127.0.0.1 that passes bytes, half-closes and resets to and from `target`, and
 * cuts connections as `next` says.
 */
export async function cuttingProxy(target: { readonly host: string; readonly port: number }): Promise<CuttingProxy> {
  let announced = passage(null);
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const upstream = connect({ ...target, allowHalfOpen: true, noDelay: true });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    }
    join(announced, { up: upstream, down: client });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  return {
    port: typeof bound === 'object' && bound !== null ? bound.port : 0,
    next(cut) {
      announced = passage(cut);
      return announced;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

type Ongoing = Passage & {
  readonly plan: Cut | null;
  readonly bytes: Record<Direction, number>;
  readonly onCut: () => void;
  readonly sockets: Socket[];
};

function passage(plan: Cut | null): Ongoing {
  let isCut = false;
  let resolveCut: () => void = () => {};
  const cut = new Promise<void>((resolve) => {
    resolveCut = resolve;
  });
  const onCut = () => {
    isCut = true;
    resolveCut();
  };
  const sockets: Socket[] = [];
  const end = () => {
    for (const socket of sockets) socket.destroy();
  };
  return { plan, bytes: { up: 0, down: 0 }, cut, onCut, hasCut: () => isCut, sockets, end };
}

/** `to.up` is the server's socket, `to.down` the client's. */
function join(ongoing: Ongoing, to: Readonly<Record<Direction, Socket>>): void {
  const { plan, bytes } = ongoing;
  ongoing.sockets.push(to.up, to.down);

  let isOver = false;

  function cutNow(): void {
    isOver = true;
    ongoing.onCut();
    if (plan?.how === 'reset') for (const socket of Object.values(to)) socket.resetAndDestroy();
  }

  function pass(direction: Direction, chunk: Buffer): void {
    if (isOver) return;
    const room = plan?.direction === direction ? plan.afterBytes - bytes[direction] : Number.POSITIVE_INFINITY;
    const part = chunk.subarray(0, room);
    bytes[direction] += part.length;
    isOver = part.length === room;
    if (isOver) to[direction].write(part, cutNow);
    else to[direction].write(part);
  }

  for (const direction of ['up', 'down'] as const) {
    const from = to[opposite[direction]];
    from.on('data', (chunk: Buffer) => pass(direction, chunk));
    const unlessOver = (act: () => void) => () => {
      if (!isOver) act();
    };
    from.on(
      'end',
      unlessOver(() => to[direction].end()),
    );
    from.on(
      'error',
      unlessOver(() => to[direction].resetAndDestroy()),
    );
    from.on(
      'close',
      unlessOver(() => to[direction].destroy()),
    );
  }
  if (plan?.afterBytes === 0) to.up.once('connect', cutNow);
}

import { afterChange, type KnownAgent } from './agent-state.ts';

/** The state of the connection to the agent. `refused`: the agent does not accept the cookie. */
export type EventConnection = 'connecting' | 'live' | 'reconnecting' | 'refused';

const reconnectAfterMs = 1000;
const leastSilenceS = 60;

/**
 * What a page follows: the path of the events, and what a whole status says. Changes of it have the
 * same form on every page.
 */
export type FollowedEvents<Whole, Agent, Plugin> = {
  readonly path: string;
  readonly fromStatus: (status: Whole) => KnownAgent<Agent, Plugin>;
};

/**
 * Follows the agent's events as long as the page is open. Calls `onKnown` with each new state.
 * Connects again after the connection ended, and after three ticks, at least a minute, without an
 * event: a broken connection may look like a silent one.
 */
export function followAgent<
  Whole,
  Agent extends { readonly intervalS: number },
  Plugin extends { readonly file: string },
>(
  { path, fromStatus }: FollowedEvents<Whole, Agent, Plugin>,
  onKnown: (known: KnownAgent<Agent, Plugin>) => void,
  onConnection: (connection: EventConnection) => void,
): void {
  let known: KnownAgent<Agent, Plugin> | null = null;
  let heardMs = Date.now();
  let source = open();

  function open(): EventSource {
    const opened = new EventSource(path);
    const heard = (next: KnownAgent<Agent, Plugin>) => {
      heardMs = Date.now();
      known = next;
      onConnection('live');
      onKnown(next);
    };
    opened.addEventListener('status', ({ data }) => heard(fromStatus(JSON.parse(data))));
    opened.addEventListener('change', ({ data }) => {
      if (known) heard(afterChange(known, JSON.parse(data)));
    });
    opened.addEventListener('error', () => {
      if (source === opened) reconnect();
    });
    return opened;
  }

  /** The browser would wait longer by itself, and give up if an answer is not an event stream. */
  function reconnect(): void {
    const wasRefused = source.readyState === EventSource.CLOSED;
    source.close();
    if (wasRefused) void checkForRefusal();
    else onConnection('reconnecting');
    setTimeout(() => {
      heardMs = Date.now();
      source = open();
    }, reconnectAfterMs);
  }

  async function checkForRefusal(): Promise<void> {
    const answer = await fetch(location.pathname, { method: 'HEAD', cache: 'no-store' }).catch(() => null);
    onConnection(answer?.status === 401 ? 'refused' : 'reconnecting');
  }

  setInterval(() => {
    const mostSilenceS = Math.max(leastSilenceS, 3 * (known?.agent.intervalS ?? 0));
    if (source.readyState !== EventSource.CLOSED && Date.now() - heardMs > mostSilenceS * 1000) reconnect();
  }, 5000);
}

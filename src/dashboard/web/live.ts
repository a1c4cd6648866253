import { type AgentState, afterChange, fromStatus } from './agent-state.ts';

/** The state of the connection to the agent. `refused`: the agent does not accept the cookie. */
export type EventConnection = 'connecting' | 'live' | 'reconnecting' | 'refused';

const reconnectAfterMs = 1000;
const leastSilenceS = 60;

/**
 * Follows the agent's events as long as the page is open. Calls `onKnown` with each new state.
 * Connects again after the connection ended, and after three ticks, at least a minute, without an
 * event: a broken connection may look like a silent one.
 */
export function followAgent(
  onKnown: (known: AgentState) => void,
  onConnection: (connection: EventConnection) => void,
): void {
  let known: AgentState | null = null;
  let heardMs = Date.now();
  let source = open();

  function open(): EventSource {
    const opened = new EventSource('/events');
    const heard = (next: AgentState) => {
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
    const answer = await fetch('/status.json', { cache: 'no-store' }).catch(() => null);
    onConnection(answer?.status === 401 ? 'refused' : 'reconnecting');
  }

  setInterval(() => {
    const mostSilenceS = Math.max(leastSilenceS, 3 * (known?.agent.intervalS ?? 0));
    if (source.readyState !== EventSource.CLOSED && Date.now() - heardMs > mostSilenceS * 1000) reconnect();
  }, 5000);
}

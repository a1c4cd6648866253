import { type AgentState, afterChange, fromStatus } from './agent-state.ts';

/** How the page hears of the agent. `refused`: the cookie is not, or no longer, the agent's. */
export type EventConnection = 'connecting' | 'live' | 'reconnecting' | 'refused';

const againMs = 1000;
const longestSilenceS = 60;

/**
 * Follows the agent for good: the whole at first and after each reconnection, then what changes. It connects again by itself when the agent was restarted, and
 * when nothing was heard for three ticks, and a minute at least: a connection that died without a word looks like one that is silent.
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

  /** Not left to the browser: it waits for longer, and gives up where the answer is none. */
  function reconnect(): void {
    const wasRefused = source.readyState === EventSource.CLOSED;
    source.close();
    if (wasRefused) void lookWhetherRefused();
    else onConnection('reconnecting');
    setTimeout(() => {
      heardMs = Date.now();
      source = open();
    }, againMs);
  }

  async function lookWhetherRefused(): Promise<void> {
    const answer = await fetch('/status.json', { cache: 'no-store' }).catch(() => null);
    onConnection(answer?.status === 401 ? 'refused' : 'reconnecting');
  }

  setInterval(() => {
    const patienceS = Math.max(longestSilenceS, 3 * (known?.agent.intervalS ?? 0));
    if (source.readyState !== EventSource.CLOSED && Date.now() - heardMs > patienceS * 1000) reconnect();
  }, 5000);
}

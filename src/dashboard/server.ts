import type { Clock, Timer } from '../io/clock.ts';
import type { Handle, Serve, Served } from '../io/net/http-server.ts';
import type { Config, ListenAddress } from '../model/config.ts';
import type { Emit } from '../model/event.ts';
import type { PageLink } from '../model/page-link.ts';
import { formatHostPort } from '../words/addresses.ts';
import { guarded, type WallAccess } from './guard.ts';

/** The server of the page. It runs only while the configuration asks for it. */
export type DashboardServer = {
  /** Starts, moves or stops the server as the configuration says. */
  apply(settings: Config['dashboard']): void;
  /** The address of the page, without the token; null while it is not served. */
  url(): string | null;
  /** The link of the page, with the token. */
  link(): PageLink;
  /** Resolves when the last change is done: the server listens, has failed to, or is stopped. */
  settled(): Promise<void>;
  close(): Promise<void>;
};

/**
 * Reads the token of this state directory, and makes one at the first call. An error is a sentence
 * for the user.
 */
export type ReadToken = () =>
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly error: string };

/** `wall`: what answers at the wall's link, and the token of that. */
type DashboardOptions = {
  readonly handle: Handle;
  readonly token: ReadToken;
  readonly wall: { readonly handle: Handle; readonly token: ReadToken };
  readonly hosts: () => readonly string[];
  readonly linkCommand: string;
  readonly emit: Emit;
};

/** Attempts to listen that failed one after the other: how many, and since when. */
type FailedAttempts = { readonly count: number; readonly sinceMs: number };

/** What the configuration asks for. */
type WantedPage = { readonly listen: ListenAddress; readonly hasWall: boolean };

type ServerState =
  /** The page is not served: it is not asked for, or a change is about to be made. */
  | { readonly kind: 'stopped' }
  /** The page is served at `url`. */
  | { readonly kind: 'serving'; readonly served: Served; readonly url: string; readonly tokens: PageTokens }
  /** The server could not listen, or had no token. `timer` starts the next attempt. */
  | { readonly kind: 'failed'; readonly timer: Timer; readonly detail: string };

/**
 * The tokens of the page and of the wall; null: there is no wall, or its token can't be used now,
 * and `timer` starts the next attempt to read it.
 */
type PageTokens = { readonly page: string; wall: string | null; timer: Timer | null };

const retryMs = 60_000;
const noFailure: FailedAttempts = { count: 0, sinceMs: 0 };

/**
 * Creates a server that serves nothing until `apply`. A busy port is reported and tried again
 * every minute, while the agent runs. `hosts` are names of this machine; `linkCommand` prints the
 * link of the page in a shell.
 */
export function createDashboardServer(
  { clock, serve }: { readonly clock: Clock; readonly serve: Serve },
  { handle, token, wall, hosts, linkCommand, emit }: DashboardOptions,
): DashboardServer {
  let wanted: WantedPage | null = null;
  let state: ServerState = { kind: 'stopped' };
  let work: Promise<void> = Promise.resolve(); // changes are made one after the other

  async function stop() {
    const former = state;
    state = { kind: 'stopped' };
    if (former.kind === 'failed') former.timer.cancel();
    if (former.kind !== 'serving') return;
    former.tokens.timer?.cancel();
    await former.served.close();
  }

  async function start({ listen, hasWall }: WantedPage, failures: FailedAttempts) {
    const secret = token();
    if (!secret.ok) return failed(secret.error, failures);
    const tokens: PageTokens = { page: secret.value, wall: null, timer: null };
    const access = (): WallAccess | null => (tokens.wall === null ? null : { token: tokens.wall, handle: wall.handle });
    const names = () => [...hosts(), listen.host].map((name) => name.toLowerCase());
    const guard = guarded(handle, { token: tokens.page, wall: access, hosts: names, linkCommand });
    const started = await serve(listen, guard);
    if (!started.ok) return failed(started.error, failures);
    if (hasWall) admitWall(tokens, wall.token, { clock, emit });
    const url = `http://${formatHostPort({ host: reachable(listen.host), port: started.value.port })}/`;
    state = { kind: 'serving', served: started.value, url, tokens };
    emit({ event: 'dashboard.started', url: linkOf(state) });
  }

  function failed(detail: string, former: FailedAttempts) {
    const nowMs = clock.monotonicMs();
    const failures = oneMore(former, nowMs);
    state = { kind: 'failed', timer: clock.after(retryMs, () => change(wanted, failures)), detail };
    emit({ event: 'dashboard.failed', detail, ...repeated(failures, nowMs) });
  }

  function change(next: WantedPage | null, failures: FailedAttempts) {
    work = work.then(async () => {
      await stop();
      if (next !== null && next === wanted) await start(next, failures);
    });
  }

  return {
    apply({ isEnabled, listen, wall: hasWall }) {
      const next = isEnabled ? { listen, hasWall } : null;
      if (JSON.stringify(next) === JSON.stringify(wanted)) return;
      wanted = next;
      change(next, noFailure);
    },
    url: () => (state.kind === 'serving' ? state.url : null),
    link() {
      if (state.kind === 'serving') {
        const { url, tokens } = state;
        const wallLink = tokens.wall === null ? {} : { wallLink: `${url}wall?token=${tokens.wall}` };
        return { kind: 'served', link: linkOf(state), ...wallLink };
      }
      if (state.kind === 'failed') return { kind: 'failed', detail: state.detail };
      return wanted === null ? { kind: 'off' } : { kind: 'failed', detail: 'it is about to be served; try again' };
    },
    settled: () => work,
    async close() {
      wanted = null;
      change(null, noFailure);
      await work;
    },
  };
}

/** Adds the token of the wall, at a later attempt if it can't be read now. */
function admitWall(
  tokens: PageTokens,
  read: ReadToken,
  deps: { readonly clock: Clock; readonly emit: Emit },
  former = noFailure,
): void {
  const secret = read();
  if (secret.ok) {
    tokens.wall = secret.value;
    return;
  }
  const nowMs = deps.clock.monotonicMs();
  const failures = oneMore(former, nowMs);
  tokens.timer = deps.clock.after(retryMs, () => admitWall(tokens, read, deps, failures));
  deps.emit({ event: 'dashboard.wall-failed', detail: secret.error, ...repeated(failures, nowMs) });
}

function oneMore({ count, sinceMs }: FailedAttempts, nowMs: number): FailedAttempts {
  return { count: count + 1, sinceMs: count === 0 ? nowMs : sinceMs };
}

function repeated({ count, sinceMs }: FailedAttempts, nowMs: number) {
  return { repeat: count, elapsedMs: nowMs - sinceMs };
}

function linkOf({ url, tokens }: { readonly url: string; readonly tokens: PageTokens }): string {
  return `${url}?token=${tokens.page}`;
}

/** The host at which a browser on this machine reaches a server that listens on all addresses. */
function reachable(host: string): string {
  return host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
}

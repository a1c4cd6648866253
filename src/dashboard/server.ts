import type { Clock, Timer } from '../io/clock.ts';
import { addressText } from '../io/net/connection-failure.ts';
import type { Handle, Serve, Served } from '../io/net/http-server.ts';
import type { Config } from '../model/config.ts';
import type { Emit } from '../model/event.ts';
import { guarded } from './guard.ts';

/** The page's server, while the configuration asks for one. */
export type DashboardServer = {
  /** Begins, moves or ends it, as the configuration says. */
  apply(settings: Config['dashboard']): void;
  /** Where it listens, without the token; null: it does not. */
  url(): string | null;
  /** Resolves when it listens, or is known not to, or is not asked for. */
  settled(): Promise<void>;
  close(): Promise<void>;
};

/** The token of this state directory, made when first asked for. An error is a sentence for the user. */
export type ReadToken = () =>
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly error: string };

const retryMs = 60_000;

/** Serves nothing until `apply`. A busy port is told, and tried again each minute; the agent runs on meanwhile. `hosts` are names of this machine. */
export function createDashboardServer(
  { clock, serve }: { readonly clock: Clock; readonly serve: Serve },
  {
    handle,
    token,
    hosts,
    emit,
  }: { readonly handle: Handle; readonly token: ReadToken; readonly hosts: readonly string[]; readonly emit: Emit },
): DashboardServer {
  let wanted: Config['dashboard']['listen'] | null = null;
  let served: Served | null = null;
  let url: string | null = null;
  let timer: Timer | null = null;
  let failures = 0;
  let sinceMs = 0;
  let work: Promise<void> = Promise.resolve(); // one change after the other

  async function end() {
    timer?.cancel();
    timer = null;
    url = null;
    const former = served;
    served = null;
    await former?.close();
  }

  async function begin(listen: Config['dashboard']['listen']) {
    const secret = token();
    if (!secret.ok) return failed(secret.error);
    const names = [...hosts, listen.host].map((name) => name.toLowerCase());
    const started = await serve(listen, guarded(handle, { token: secret.value, hosts: names }));
    if (!started.ok) return failed(started.error);
    failures = 0;
    served = started.value;
    url = `http://${addressText({ host: reachable(listen.host), port: served.port })}/`;
    emit({ event: 'dashboard.started', url: `${url}?token=${secret.value}` });
  }

  function failed(detail: string) {
    failures += 1;
    if (failures === 1) sinceMs = clock.monotonicMs();
    emit({ event: 'dashboard.failed', detail, repeat: failures, elapsedMs: clock.monotonicMs() - sinceMs });
    timer = clock.after(retryMs, () => change(wanted));
  }

  function change(listen: typeof wanted) {
    work = work.then(async () => {
      await end();
      if (listen !== null && listen === wanted) await begin(listen);
    });
  }

  return {
    apply({ isEnabled, listen }) {
      const next = isEnabled ? listen : null;
      if (JSON.stringify(next) === JSON.stringify(wanted)) return;
      wanted = next;
      failures = 0;
      change(next);
    },
    url: () => url,
    settled: () => work,
    async close() {
      wanted = null;
      change(null);
      await work;
    },
  };
}

/** Where a browser of this machine finds what listens on every address. */
function reachable(host: string): string {
  return host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
}

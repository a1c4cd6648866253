import type { Clock, Timer } from '../io/clock.ts';
import { monotonicUs, type ServiceManager } from '../io/process/service-manager.ts';
import { walkInSteps } from '../io/walk.ts';
import type { AgentEvent, Emit } from '../model/event.ts';
import { isReporting, type StatusNow } from '../model/status.ts';
import type { Walk } from '../model/walk.ts';

/** What the agent tells the service manager about itself. Nothing here throws. */
export type ServiceNotices = {
  /** The agent runs, and can be asked by `status`, which gives what it would answer. */
  ready(status: () => StatusNow): void;
  /** Does what may change the configuration, between the messages that say so. */
  reload<Result>(work: () => Result): Result;
  /** Updates the notices from an event. Must see every event. */
  note(event: AgentEvent): void;
  /** Sends no more signs of life. */
  close(): void;
};

type NoticeName = 'READY' | 'RELOADING' | 'STOPPING' | 'MONOTONIC_USEC' | 'STATUS';

type NoticeLines = Readonly<Partial<Record<NoticeName, string>>>;

type Phase =
  | { readonly kind: 'starting' }
  | { readonly kind: 'running'; readonly status: () => StatusNow }
  /** The messages of a reload or a stop are not mixed with those of ticks. */
  | { readonly kind: 'reloading'; readonly status: () => StatusNow }
  | { readonly kind: 'stopping' };

/**
 * Sends the service manager what systemd waits for: `READY=1` once the agent can be asked, then a
 * `STATUS=` at a tick that changed it, `RELOADING=1`, `STOPPING=1`, and `WATCHDOG=1` at half of the
 * period that it watches. The event loop sends them, so a loop that hangs sends none. `manager`
 * null: no service manager waits for them.
 */
export function createServiceNotices(manager: ServiceManager | null, clock: Clock, emit: Emit): ServiceNotices {
  return manager === null ? noNotices : new Notices(manager, clock, emit);
}

const noNotices: ServiceNotices = { ready() {}, reload: (work) => work(), note() {}, close() {} };

class Notices implements ServiceNotices {
  readonly #manager: ServiceManager;
  readonly #clock: Clock;
  readonly #emit: Emit;
  #phase: Phase = { kind: 'starting' };
  #beat: Timer | null = null;
  #statusText = '';
  /** What the manager has not taken yet. */
  readonly #unsent = new Map<NoticeName, string>();
  #isFailing = false;

  constructor(manager: ServiceManager, clock: Clock, emit: Emit) {
    this.#manager = manager;
    this.#clock = clock;
    this.#emit = emit;
    this.#keepBeating();
  }

  ready(status: () => StatusNow): void {
    this.#phase = { kind: 'running', status };
    this.#sendWithStatus(status, { READY: '1' });
  }

  reload<Result>(work: () => Result): Result {
    const phase = this.#phase;
    if (phase.kind !== 'running') return work();
    this.#phase = { kind: 'reloading', status: phase.status };
    this.#send({ RELOADING: '1', MONOTONIC_USEC: String(monotonicUs()) });
    try {
      return work();
    } finally {
      this.ready(phase.status);
    }
  }

  note(event: AgentEvent): void {
    if (event.event === 'daemon.stopping') {
      this.#phase = { kind: 'stopping' };
      this.#send({ STOPPING: '1', STATUS: 'is stopping' });
    }
    if (event.event === 'tick.started' && this.#phase.kind === 'running') this.#sendWithStatus(this.#phase.status, {});
  }

  close(): void {
    this.#beat?.cancel();
  }

  #keepBeating(): void {
    const { watchdogMs } = this.#manager;
    if (watchdogMs === null) return;
    this.#beat = this.#clock.after(watchdogMs / 2, () => {
      this.#keepBeating();
      this.#manager.notify('WATCHDOG=1');
      this.#send({});
    });
  }

  /** Sends lines together with the status, once it is made, unless a reload or a stop has begun. */
  #sendWithStatus(status: () => StatusNow, lines: NoticeLines): void {
    walkInSteps(
      statusTextWalk(status()),
      (text) => {
        if (this.#phase.kind !== 'running') return;
        this.#send(text === this.#statusText ? lines : { ...lines, STATUS: text });
        this.#statusText = text;
      },
      (error) => {
        throw error; // a fault of the agent, as with any other callback
      },
    );
  }

  /** Sends these lines, and those that were not taken before. */
  #send(lines: NoticeLines): void {
    if (lines.READY !== undefined)
      for (const name of ['RELOADING', 'MONOTONIC_USEC'] as const) this.#unsent.delete(name);
    for (const name of ['READY', 'RELOADING', 'STOPPING', 'MONOTONIC_USEC', 'STATUS'] as const) {
      const value = lines[name];
      if (value !== undefined) this.#unsent.set(name, value);
    }
    if (this.#unsent.size === 0) return;
    const detail = this.#manager.notify([...this.#unsent].map(([name, value]) => `${name}=${value}`).join('\n'));
    if (detail === null) this.#unsent.clear();
    else if (!this.#isFailing) this.#emit({ event: 'notify.failed', detail });
    this.#isFailing = detail !== null;
  }
}

/** One line: how many plugins report, as `status` has it. */
function* statusTextWalk({ agent, plugins }: StatusNow): Walk<string> {
  let [judged, reporting] = [0, 0];
  for (const plugin of plugins) {
    if (plugin.state !== 'not-a-script') judged += 1;
    if (isReporting(plugin)) reporting += 1;
    yield;
  }
  const refused = agent.configurationProblems.length > 0 ? '; the changed configuration is refused' : '';
  return `${agent.scripts.isEnabled ? `${reporting} of ${judged} report` : 'scripts are not enabled'}${refused}`;
}

import type { Handle, Serve, Served } from '../io/net/http-server.ts';
import type { Emit } from '../model/event.ts';
import type { Result } from '../model/result.ts';
import type { KeptFile } from './upkeep.ts';

/**
 * The agent's control socket: listens from the beginning, and again if the file is removed. If it
 * can't listen at first, that is reported, and the agent runs without it.
 */
export class ControlSocket implements KeptFile {
  readonly name = 'the control socket';
  readonly #listen: () => Promise<Result<Served, string>>;
  #served: Promise<Result<Served, string>>;
  #isThere = () => true; // it is being made

  constructor(serve: Serve, socketPath: string, routes: Handle, emit: Emit) {
    this.#listen = () => serve({ socketPath }, routes);
    this.#served = this.#serve();
    void this.#served.then((served) => {
      if (!served.ok) emit({ event: 'control.failed', detail: served.error });
    });
  }

  /** Resolves when it listens, or it was reported that it can't. */
  async settled(): Promise<void> {
    await this.#served;
  }

  isThere(): boolean {
    return this.#isThere();
  }

  /** What was asked on the former socket is still answered there. */
  async remake(): Promise<string | null> {
    const former = await this.#served;
    this.#served = this.#serve();
    const served = await this.#served;
    if (former.ok) void former.value.close();
    return served.ok ? null : served.error;
  }

  /** Resolves when nothing listens any more. */
  async close(): Promise<void> {
    const served = await this.#served;
    if (served.ok) await served.value.close();
  }

  async #serve(): Promise<Result<Served, string>> {
    const served = await this.#listen();
    if (served.ok) this.#isThere = () => served.value.isThere();
    return served;
  }
}

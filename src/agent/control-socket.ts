import { textReply } from '../dashboard/reply.ts';
import type { Handle, Serve, Served } from '../io/net/http-server.ts';
import type { Emit } from '../model/event.ts';
import type { Result } from '../model/result.ts';
import type { KeptFile } from './upkeep.ts';

/**
 * The agent's control socket: listens from the beginning, and again if the file is removed. If it
 * can't listen at first, that is reported, and the agent runs without it. Until `answerWith`, each
 * request is answered that the agent is starting.
 */
export class ControlSocket implements KeptFile {
  readonly name = 'the control socket';
  readonly #listen: () => Promise<Result<Served, string>>;
  #served: Promise<Result<Served, string>>;
  #isThere = () => true; // it is being made
  #routes: Handle = () => textReply(503, 'the agent is starting, and salvages its damaged database; try again');

  constructor(serve: Serve, socketPath: string, emit: Emit) {
    this.#listen = () => serve({ socketPath }, (request) => this.#routes(request));
    this.#served = this.#serve();
    void this.#served.then((served) => {
      if (!served.ok) emit({ event: 'control.failed', detail: served.error });
    });
  }

  answerWith(routes: Handle): void {
    this.#routes = routes;
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

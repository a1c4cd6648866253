import type { ProxySettings } from '../../model/config.ts';
import { formatHostPort } from '../../words/addresses.ts';
import { type ConnectionFailure, explainConnectionFailure, type PeerWords, secureHint } from './connection-failure.ts';
import type { HttpTarget } from './http-request.ts';
import { explainProxyAnswer, explainProxyFailure, throughProxy } from './proxy.ts';

const server: PeerWords = { what: 'server', plain: 'http://', secure: 'https://' };

/** How far a request has come that has no answer yet. */
export type RequestStage = 'connecting' | 'writing' | 'waiting';

const moments: Readonly<Record<RequestStage, string>> = {
  connecting: 'while connecting',
  writing: 'before all was written',
  waiting: 'before it answered',
};

/**
 * Makes sentences of what goes wrong with one request: about the proxy until the connection leads
 * to the server, and about the server from then on. `proxy` null: there is none.
 */
export class HttpTroubles {
  readonly #target: HttpTarget;
  readonly #proxy: ProxySettings | null;
  #isTunnelOpen = false;

  constructor(target: HttpTarget, proxy: ProxySettings | null) {
    this.#target = target;
    this.#proxy = proxy;
  }

  /** The proxy, if it reads the request, because there is no TLS; null: only the server does. */
  get readingProxy(): ProxySettings | null {
    return this.#target.isTls ? null : this.#proxy;
  }

  /** Notes that the proxy has connected to the server. */
  tunnelOpened(): void {
    this.#isTunnelOpen = true;
  }

  /** The connection could not be made, or broke. */
  broken(error: unknown, stage: RequestStage): ConnectionFailure {
    const proxy = this.#proxyAhead(stage);
    if (proxy !== null) return explainProxyFailure(error, proxy);
    const state = { isOpen: stage !== 'connecting', isTls: this.#target.isTls };
    const { code, detail } = explainConnectionFailure(error, this.#target, state, server);
    return { code, detail: `${detail}${throughProxy(this.#proxy)}` };
  }

  /** The server, or the proxy, has said nothing for too long. */
  silent(silenceMs: number, stage: RequestStage): ConnectionFailure {
    const [proxy, { where }] = [this.#proxyAhead(stage), this.#target];
    const silent = `was silent for ${silenceMs / 1000} s ${moments[stage]}`;
    const detail =
      proxy === null
        ? `${where} ${silent}${throughProxy(this.#proxy)}`
        : `the proxy ${formatHostPort(proxy)} ${silent} to ${where}`;
    return { code: 'ETIMEDOUT', detail };
  }

  /** The server has closed the connection without an answer. */
  closedEarly(stage: RequestStage): ConnectionFailure {
    const { where, isTls } = this.#target;
    const hint = isTls ? '' : secureHint(where, server);
    const detail = `${where} closed the connection ${moments[stage]}${throughProxy(this.#proxy)}${hint}`;
    return { code: 'ECONNRESET', detail };
  }

  /** What an answer with this status says about the proxy; null: it is not the proxy's own. */
  ofProxy(status: number): ConnectionFailure | null {
    const proxy = this.readingProxy;
    return proxy === null || status !== 407 ? null : explainProxyAnswer(status, '', proxy, this.#target.where);
  }

  #proxyAhead(stage: RequestStage): ProxySettings | null {
    return stage === 'connecting' && !this.#isTunnelOpen ? this.#proxy : null;
  }
}

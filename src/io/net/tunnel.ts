import type { Socket } from 'node:net';
import type { ProxySettings } from '../../model/config.ts';
import { formatHostPort } from '../../words/addresses.ts';
import type { ConnectionFailure } from './connection-failure.ts';
import { explainProxyAnswer, explainProxyFailure, proxyHeaders } from './proxy.ts';
import { openWire } from './wire.ts';

const longestHeadBytes = 16 * 1024;

/**
 * Handlers of a tunnel. Before `onOpen`, only `onFailed` is called, once, also if the wire was
 * destroyed; after it, only `onBytes`, and the errors and the end are those of the wire.
 */
type TunnelHandlers = {
  /** The proxy has answered: the wire leads to the target. */
  onOpen(): void;
  onBytes(bytes: Uint8Array): void;
  onFailed(failure: ConnectionFailure): void;
};

/**
 * Opens a wire to a proxy and asks it for a connection to `target` by CONNECT (RFC 9110, 9.3.6).
 * Nothing else is written before the proxy has answered. Never throws, and calls no handler before
 * it has returned.
 */
export function openTunnel(
  proxy: ProxySettings,
  target: { readonly host: string; readonly port: number },
  handlers: TunnelHandlers,
): Socket {
  const where = formatHostPort(target);
  let state: 'asking' | 'open' | 'failed' = 'asking';
  let head = '';
  const wire = openWire({ host: proxy.host, port: proxy.port }, (bytes) =>
    state === 'open' ? handlers.onBytes(bytes) : readHead(bytes),
  );
  wire.once('connect', () => void wire.write(connectRequest(proxy, where)));
  wire.on('error', onError);
  wire.on('close', onClose);
  return wire;

  function readHead(bytes: Uint8Array): void {
    head += Buffer.from(bytes).toString('latin1');
    const [, status = '', phrase = ''] = /^HTTP\/1\.\d (\d{3}) ?([^\r\n]*)\r?\n/.exec(head) ?? [];
    const end = /\r?\n\r?\n/.exec(head);
    if (status.startsWith('2') && end) return void open(Buffer.from(head.slice(end.index + end[0].length), 'latin1'));
    if (status !== '' && !status.startsWith('2'))
      return void fail(explainProxyAnswer(Number(status), phrase.trim(), proxy, where));
    if (head.length > longestHeadBytes || !/^(HTTP\/1\.\d \d{3}|.{0,11}$)/.test(head)) failAsGarbage();
  }

  function open(rest: Uint8Array): void {
    state = 'open';
    head = '';
    handlers.onOpen();
    wire.off('error', onError); // after `onOpen`, so that an error never has no listener
    wire.off('close', onClose);
    if (rest.length > 0) handlers.onBytes(rest);
  }

  function failAsGarbage(): void {
    fail({ code: 'ERR_PROXY_ANSWER', detail: `the proxy ${formatHostPort(proxy)} did not answer in HTTP` });
  }

  function onError(error: unknown): void {
    fail(explainProxyFailure(error, proxy));
  }

  function onClose(): void {
    fail(explainProxyFailure(Object.assign(new Error('closed'), { code: 'ECONNRESET' }), proxy));
  }

  function fail(failure: ConnectionFailure): void {
    if (state !== 'asking') return;
    state = 'failed';
    wire.destroy();
    handlers.onFailed(failure);
  }
}

function connectRequest(proxy: ProxySettings, where: string): string {
  const headers = Object.entries({ host: where, ...proxyHeaders(proxy) });
  return `CONNECT ${where} HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
}

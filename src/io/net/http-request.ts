import type { ClientRequest, RequestOptions } from 'node:http';
import type { Socket } from 'node:net';
import type { ProxySettings, TlsSettings } from '../../model/config.ts';
import { err, ok, type Result } from '../../model/result.ts';
import { formatHostPort } from '../../words/addresses.ts';
import { codeOf, messageOf } from '../errors.ts';
import { loadHttps, requestHttp } from './builtins.ts';
import { readCa } from './ca-file.ts';
import type { ConnectionFailure } from './connection-failure.ts';
import { eachAddress } from './each-address.ts';
import { proxyHeaders } from './proxy.ts';
import { openTunnel } from './tunnel.ts';
import { type SecuredWire, secureWire } from './wire.ts';

/**
 * What to post. `url` is of http or https. `headers` are in lower case, without those that frame a
 * message. `body` must not change before the request has ended. `tls` is for https only.
 * `silenceMs` is how long the server may be silent at any step. Without `proxy`, the connection
 * goes straight to the server.
 */
export type SinkHttpRequest = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  readonly tls: TlsSettings;
  readonly silenceMs: number;
  readonly proxy?: ProxySettings | null;
};

/** Where a request goes: host without brackets, port, and both as a user types them. */
export type HttpTarget = {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  readonly where: string;
};

/** Returns a body as a buffer; bytes are not copied. */
export function bufferOfBody(body: string | Uint8Array): Buffer {
  return typeof body === 'string' ? Buffer.from(body) : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}

/** Returns where a URL of http or https leads. */
export function targetOf(url: URL): HttpTarget {
  const isTls = url.protocol === 'https:';
  const address = { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port) || (isTls ? 443 : 80) };
  return { ...address, isTls, where: formatHostPort(address) };
}

/** A request that was opened. `drop` closes its connection, also one that only a proxy has. */
export type OpenedRequest = { readonly client: ClientRequest; drop(): void };

type PostOptions = RequestOptions & { readonly headers: Readonly<Record<string, string | number>> };

/** What becomes of a tunnel through a proxy: it leads to the server, or there is none. */
export type TunnelOutcome = { onOpen(): void; onFailed(failure: ConnectionFailure): void };

/**
 * Opens a POST over a connection of its own; its body is yet to be written. Through a proxy, a
 * request for http goes to the proxy, with the whole URL (RFC 9112, 3.2.2); one for https goes
 * through a tunnel. Fails, and never throws, if the CA file can't be read or if HTTP can't carry a
 * header.
 */
export function openRequest(
  { url, headers, tls, proxy = null }: SinkHttpRequest,
  bodyBytes: number,
  target: HttpTarget,
  tunnel: TunnelOutcome,
): Result<OpenedRequest, ConnectionFailure> {
  const { isTls, where } = target;
  const ca = isTls ? readCa(tls.caFile) : ok(null);
  if (!ca.ok) return ca;
  const options = { method: 'POST', headers: { ...headers, 'content-length': bodyBytes } };
  const direct = { ...options, ...eachAddress, agent: false };
  const tlsOptions = { rejectUnauthorized: tls.verify, ...(ca.value === null ? {} : { ca: ca.value }) };
  try {
    if (proxy !== null && isTls) return ok(openTunnelled({ url, options, tls, ca: ca.value }, proxy, target, tunnel));
    if (proxy !== null) return ok(droppable(requestHttp(toProxy(new URL(url), direct, proxy))));
    return ok(droppable(isTls ? loadHttps().request(url, { ...direct, ...tlsOptions }) : requestHttp(url, direct)));
  } catch (error) {
    return err(unsendable(error, where));
  }
}

function droppable(client: ClientRequest): OpenedRequest {
  return { client, drop: () => void client.destroy() };
}

/** The options of a request that a proxy is to pass on. */
function toProxy(url: URL, options: PostOptions, proxy: ProxySettings): RequestOptions {
  return {
    ...options,
    host: proxy.host,
    port: proxy.port,
    path: `${url.origin}${url.pathname}${url.search}`,
    headers: { ...options.headers, host: url.host, ...proxyHeaders(proxy) },
  };
}

function openTunnelled(
  { url, options, tls, ca }: { url: string; options: PostOptions; tls: TlsSettings; ca: string | null },
  proxy: ProxySettings,
  target: HttpTarget,
  { onOpen, onFailed }: TunnelOutcome,
): OpenedRequest {
  let wire: Socket | null = null;
  let secured: SecuredWire | null = null;
  const client = loadHttps().request(url, {
    ...options,
    createConnection(_options, onCreated) {
      const opened = openTunnel(proxy, target, {
        onFailed,
        onBytes: (bytes) => secured?.receive(bytes),
        onOpen() {
          const { socket, receive } = secureWire(opened, { host: target.host, verify: tls.verify, ca });
          secured = { socket, receive };
          opened.on('error', (error) => void socket.destroy(error));
          onOpen();
          onCreated(null, socket);
        },
      });
      wire = opened;
      return null;
    },
  });
  return {
    client,
    drop() {
      client.destroy();
      wire?.destroy();
    },
  };
}

/**
 * Makes the failure of a header that HTTP can't carry. Node names the header and not its value.
 */
export function unsendable(error: unknown, where: string): ConnectionFailure {
  return { code: codeOf(error), detail: `nothing can be sent to ${where}: ${messageOf(error)}` };
}

import type { ClientRequest } from 'node:http';
import type { TlsSettings } from '../../model/config.ts';
import { err, ok, type Result } from '../../model/result.ts';
import { formatHostPort } from '../../words/addresses.ts';
import { codeOf, messageOf } from '../errors.ts';
import { loadHttps, requestHttp } from './builtins.ts';
import { readCa } from './ca-file.ts';
import type { ConnectionFailure } from './connection-failure.ts';
import { eachAddress } from './each-address.ts';

/**
 * What to post. `url` is of http or https. `headers` are in lower case, without those that frame a
 * message. `body` must not change before the request has ended. `tls` is for https only.
 * `silenceMs` is how long the server may be silent at any step.
 */
export type SinkHttpRequest = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  readonly tls: TlsSettings;
  readonly silenceMs: number;
};

/** Where a request goes: host without brackets, port, and both as a user types them. */
export type HttpTarget = {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  readonly where: string;
};

/** Returns where a URL of http or https leads. */
export function targetOf(url: URL): HttpTarget {
  const isTls = url.protocol === 'https:';
  const address = { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port) || (isTls ? 443 : 80) };
  return { ...address, isTls, where: formatHostPort(address) };
}

/**
 * Opens a POST over a connection of its own; its body is yet to be written. Fails, and never
 * throws, if the CA file can't be read or if HTTP can't carry a header.
 */
export function openRequest(
  { url, headers, tls }: SinkHttpRequest,
  bodyBytes: number,
  { isTls, where }: HttpTarget,
): Result<ClientRequest, ConnectionFailure> {
  const ca = isTls ? readCa(tls.caFile) : ok(null);
  if (!ca.ok) return ca;
  const options = {
    ...eachAddress,
    method: 'POST',
    agent: false,
    headers: { ...headers, 'content-length': bodyBytes },
  };
  const tlsOptions = { rejectUnauthorized: tls.verify, ...(ca.value === null ? {} : { ca: ca.value }) };
  try {
    return ok(isTls ? loadHttps().request(url, { ...options, ...tlsOptions }) : requestHttp(url, options));
  } catch (error) {
    return err(unsendable(error, where));
  }
}

/**
 * Makes the failure of a header that HTTP can't carry. Node names the header and not its value.
 */
export function unsendable(error: unknown, where: string): ConnectionFailure {
  return { code: codeOf(error), detail: `nothing can be sent to ${where}: ${messageOf(error)}` };
}

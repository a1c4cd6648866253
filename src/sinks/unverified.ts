import type { TlsSettings } from '../model/config.ts';
import type { Emit } from '../model/event.ts';

/** A sink that may be talking to anybody. `tls` null: it does not use TLS. `secret` is what could be read: `the key`, `the samples`. */
type Unverified = {
  readonly sink: string;
  readonly address: string;
  readonly tls: TlsSettings | null;
  readonly secret: string;
};

/**
 * What to call at each delivery, so that a certificate nobody verifies is told loudly, once, as `sink.unverified`. Without TLS, or
 * with its verification, it does nothing.
 */
export function unverifiedTeller(emit: Emit, { sink, address, tls, secret }: Unverified): () => void {
  let isToBeTold = tls !== null && !tls.verify;
  return () => {
    if (!isToBeTold) return;
    isToBeTold = false;
    const detail = `the certificate of ${address} is not verified (tls_verify = false): whoever is on the way can read ${secret}; remove tls_verify, or name the CA file with tls_ca`;
    emit({ event: 'sink.unverified', sink, detail });
  };
}

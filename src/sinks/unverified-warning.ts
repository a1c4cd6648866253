import type { TlsSettings } from '../model/config.ts';
import type { Emit } from '../model/event.ts';

/**
 * A sink whose server is perhaps not verified. `tls` null: it does not use TLS. `secret` is what
 * could be read on the way: `the key`, `the samples`.
 */
type UnverifiedSink = {
  readonly sink: string;
  readonly address: string;
  readonly tls: TlsSettings | null;
  readonly secret: string;
};

/**
 * Returns a function to call at each delivery. At the first call it emits `sink.unverified` if the
 * server's certificate is not verified. Without TLS, or with verification, it does nothing.
 */
export function createUnverifiedWarning(emit: Emit, { sink, address, tls, secret }: UnverifiedSink): () => void {
  let isPending = tls !== null && !tls.verify;
  return () => {
    if (!isPending) return;
    isPending = false;
    const detail =
      `the certificate of ${address} is not verified (tls_verify = false): ` +
      `anyone on the network path can read ${secret}; remove tls_verify, or name the CA file with tls_ca`;
    emit({ event: 'sink.unverified', sink, detail });
  };
}

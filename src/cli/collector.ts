import { type CollectorOptions, startCollector } from '../collector/collector.ts';
import { addressText } from '../io/net/connection-failure.ts';
import type { Listen } from '../io/net/listen.ts';
import { visible } from '../words/visible.ts';

/** The machine, as far as the command needs it. `stopped` resolves when the user wants it to end. */
export type CollectorEdges = {
  readonly listen: Listen;
  readonly write: (text: string) => void;
  readonly writeError: (text: string) => void;
  readonly stopped: Promise<void>;
};

/**
 * `collector`: a collector to try an agent against. Prints where it listens and what to type, then every line that arrives,
 * until stopped. Gives the exit status: 0, or 2 with one line on stderr where it can't listen.
 */
export async function runCollector(options: CollectorOptions, edges: CollectorEdges): Promise<number> {
  const started = await startCollector(edges.listen, options, (event) => {
    if (event.kind === 'line') edges.write(`${visible(event.line)}\n`);
  });
  if (!started.ok) {
    edges.writeError(`collector: ${started.error}\n`);
    return 2;
  }
  edges.write(invitation(options, started.value.port));
  await edges.stopped;
  await started.value.close();
  return 0;
}

function invitation(options: CollectorOptions, port: number): string {
  const { host } = options.listen;
  const reachable = { host: host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host, port };
  const scheme = options.tls === null ? 'tcp' : 'tls';
  const trust =
    options.tls === null
      ? ''
      : `(its configuration must trust the certificate: tls_ca = ${options.tls.certFile} under [collector])\n`;
  return `listening on ${addressText({ host, port })}\nsend to it: instrument_server -k ANY -c ${scheme}://${addressText(reachable)}\n${trust}`;
}

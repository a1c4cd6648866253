import { type StandInOptions, startStandInCollector } from '../collector/stand-in-collector.ts';
import type { Listen } from '../io/net/listen.ts';
import { formatHostPort } from '../words/addresses.ts';
import { shellLine } from '../words/own-command.ts';
import { visible } from '../words/visible.ts';

/** What the command needs of the machine. `stopped` resolves when the user ends it. */
export type CollectorEdges = {
  readonly listen: Listen;
  readonly write: (text: string) => void;
  readonly writeError: (text: string) => void;
  readonly stopped: Promise<void>;
  /** The words that start this program. */
  readonly program: readonly string[];
};

/**
 * `collector`: runs a stand-in collector, to try an agent with. Prints where it listens and what
 * to type, then every line that arrives, until it is stopped. Returns the exit status: 0, or 2
 * with one line on stderr if it can't listen.
 */
export async function runCollector(options: StandInOptions, edges: CollectorEdges): Promise<number> {
  const started = await startStandInCollector(edges.listen, options, (event) => {
    if (event.kind === 'line') edges.write(`${visible(event.line)}\n`);
  });
  if (!started.ok) {
    edges.writeError(`collector: ${started.error}\n`);
    return 2;
  }
  edges.write(invitation(options, started.value.port, edges.program));
  await edges.stopped;
  await started.value.close();
  return 0;
}

function invitation(options: StandInOptions, port: number, program: readonly string[]): string {
  const { host } = options.listen;
  const reachable = { host: host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host, port };
  const scheme = options.tls === null ? 'tcp' : 'tls';
  const lines = [
    `listening on ${formatHostPort({ host, port })}`,
    `send to it: ${shellLine([...program, '-k', 'ANY', '-c', `${scheme}://${formatHostPort(reachable)}`], [])}`,
    ...(options.tls === null
      ? []
      : [`(the agent must trust the certificate: tls_ca = ${options.tls.certFile} under [collector])`]),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemEdges } from '../../src/io/edges.ts';
import type { AgentEvent } from '../../src/model/event.ts';
import type { Sample } from '../../src/model/sample.ts';
import type { Sink } from '../../src/model/sink.ts';
import type { SinkEdges } from '../../src/sinks/create.ts';
import { startProgram } from '../helpers/agent.ts';
import { writePlugin } from '../helpers/install-plugin.ts';
import type { Agent, PrintedLogEntry } from '../helpers/program.ts';
import { tempDir } from '../helpers/temp-dir.ts';

/**
 * The title of a group of tests that needs these programs, with the reason where they are skipped.
 */
export function titleOf(title: string, programs: Readonly<Record<string, string | null>>): string {
  const missing = Object.entries(programs).flatMap(([name, path]) => (path === null ? [name] : []));
  return missing.length === 0 ? title : `${title} (skipped; not on this machine: ${missing.join(', ')})`;
}

/** Where agents live, with one plugin, `probe`. */
export type Home = {
  /** The plugin's next run prints these lines; those before and after it print nothing. */
  print(lines: readonly string[]): void;
  /**
   * Starts the built agent, as a user does, with these sections in its file beside those of the
   * home. It logs all it can.
   */
  start(sections: string): Agent;
};

/** A fresh home. Its agents tick every second. */
export function makeHome(): Home {
  const dir = tempDir();
  const scripts = join(dir, 'scripts');
  mkdirSync(scripts, { mode: 0o700 });
  writePlugin(
    scripts,
    'probe.sh',
    `#!/bin/sh\n[ -f '${dir}/next' ] || exit 0\nmv '${dir}/next' '${dir}/last' && cat '${dir}/last'\n`,
  );
  return {
    print(lines) {
      writeFileSync(join(dir, 'being-written'), lines.map((line) => `${line}\n`).join(''));
      renameSync(join(dir, 'being-written'), join(dir, 'next'));
    },
    start(sections) {
      const file = join(dir, 'agent.ini');
      const agent = `[agent]\nhostname = web-1\nreport_interval = 1s\nhost_metrics = false\nstate_dir = ${dir}/state\n`;
      writeFileSync(
        file,
        `${agent}[scripts]\nenabled = true\nlocation = ${scripts}\n[log]\nlevel = trace\n${sections}`,
        { mode: 0o600 },
      );
      return startProgram(['-f', file]);
    },
  };
}

/** The first of these events that comes after another. */
export function eventAfter(agent: Agent, other: PrintedLogEntry, name: string): Promise<PrintedLogEntry> {
  return agent.event(name, (entry) => agent.log.indexOf(entry) > agent.log.indexOf(other));
}

/** The real machine for a sink that is used without an agent, and all that it tells. */
export function sinkEdges(): SinkEdges & { readonly events: readonly AgentEvent[] } {
  const { clock, dial, httpPost, patience } = systemEdges();
  const events: AgentEvent[] = [];
  const process = { version: '0', pid: 1, nodeVersion: '20', platform: 'x64-linux' };
  return {
    clock,
    dial,
    httpPost,
    patience,
    emit: (event) => events.push(event),
    write: async () => {},
    process,
    events,
  };
}

/** Sends all samples in batches of 5,000, each once, and gives what became of them. */
export async function deliverAll(sink: Sink, samples: readonly Sample[]): Promise<readonly string[]> {
  const kinds: string[] = [];
  for (let first = 0; first < samples.length; first += 5000)
    kinds.push((await sink.deliver(samples.slice(first, first + 5000))).kind);
  sink.close();
  return kinds;
}

/** The wall clock, in whole seconds. */
export function nowS(): number {
  return Math.floor(Date.now() / 1000);
}

import { execFileSync } from 'node:child_process';
import { onTestFinished } from 'vitest';
import { defaultPluginSettings } from '../../src/config/plugin-settings.ts';
import type { ReasonKind } from '../../src/model/advice.ts';
import type { PluginSettings } from '../../src/model/config.ts';
import type { PluginStatus } from '../../src/model/status.ts';
import { type FakeCollector, fakeCollector } from '../helpers/fake-collector.ts';
import type { TestDaemon } from '../helpers/test-daemon.ts';
import { turn } from '../helpers/turns.ts';

/**
 * What the status says of the one plugin that a name selects. Throws if it selects none, or
 * several.
 */
export function plugin(agent: TestDaemon, name: string): PluginStatus {
  const { plugins, missing } = agent.plugin(name);
  const [only] = plugins;
  if (!only || plugins.length > 1) throw new Error(`${name} selects ${plugins.length} plugins: ${missing}`);
  return only;
}

/** The kinds of its reasons. */
export function kinds(agent: TestDaemon, name: string): readonly ReasonKind[] {
  return plugin(agent, name).reasons.map(({ kind }) => kind);
}

/** What is said for one kind of reason. Throws if that is not among its reasons. */
export function explanation(agent: TestDaemon, name: string, kind: ReasonKind): string {
  const { reasons } = plugin(agent, name);
  const found = reasons.find((reason) => reason.kind === kind);
  if (!found) throw new Error(`${name} has no reason ${kind}, but ${JSON.stringify(reasons)}`);
  return found.explanation;
}

/**
 * Types the command that a text tells the reader to type: from `begins` to the end of the line, or
 * to the next semicolon. Gives what it printed.
 */
export function typeFrom(text: string, begins: string): string {
  const at = text.lastIndexOf(begins);
  if (at < 0) throw new Error(`nobody tells to type ${begins} …: ${text}`);
  const command = text.slice(at).split('; ')[0] ?? '';
  return execFileSync('/bin/sh', ['-c', command], { encoding: 'utf8', cwd: '/' });
}

/** Moves time on, a little at each turn, until it holds. */
export async function until(agent: TestDaemon, holds: () => boolean): Promise<void> {
  while (!holds()) {
    agent.clock.advance(10);
    await turn();
  }
}

/** What a section of one plugin says where it says nothing else. */
export const settings: PluginSettings = { ...defaultPluginSettings, enabled: true, intervalS: null, env: {} };

/**
 * A collector for the length of a test, on an address of the tests' own: no other process takes its
 * port while it is away.
 */
export async function collector(port = 0): Promise<FakeCollector> {
  const started = await fakeCollector({ host: '127.41.7.3', port });
  onTestFinished(started.close);
  return started;
}

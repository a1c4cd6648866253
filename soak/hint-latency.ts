import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pause, startSoakAgent } from './agent.ts';

/**
 * Measures from a change in the directory to its log line: at most 150 ms if the watcher can see
 * the change. The interval is an hour, so no tick helps.
 */
export async function hintLatency(say: (line: string) => void): Promise<boolean> {
  const agent = startSoakAgent([['two-gauges', 'ready']], ['-r', '1h']);
  let seen: { key: string; atMs: number }[] = [];
  agent.onEntry((entry) => seen.push({ key: `${entry['event']} ${entry['plugin'] ?? ''}`, atMs: performance.now() }));
  while (!seen.some(({ key }) => key.startsWith('daemon.started'))) await pause(0.05);
  await pause(1);
  const path = join(agent.scripts, 'p');
  const outside = join(agent.scripts, '..', 'p');
  const body = '#!/bin/sh\necho "a 1"\n';
  const steps: readonly (readonly [name: string, act: () => void, told: string])[] = [
    ['mv into', () => renameSync(outside, path), 'plugin.added p'],
    ['edit in place', () => writeFileSync(path, `${body}echo "b 2"\n`), 'plugin.changed p'],
    ['chmod 0755', () => chmodSync(path, 0o755), 'plugin.rejected p'],
    ['chmod 0700', () => chmodSync(path, 0o700), 'plugin.added p'],
    ['mv over it', () => renameSync(outside, path), 'plugin.changed p'],
    ['rm', () => rmSync(path), 'plugin.removed p'],
    ['cp into', () => copyFileSync(outside, path), 'plugin.added p'],
    ['mv out', () => renameSync(path, `${outside}.out`), 'plugin.removed p'],
  ];
  const figures = new Map<string, number[]>();
  for (let round = 0; round < 10; round += 1) {
    for (const [name, act, told] of steps) {
      writeFileSync(outside, body);
      chmodSync(outside, 0o700);
      // read it, as if it had run: then no event reports a chmod
      if (name.startsWith('chmod')) execFileSync('/bin/sh', [path]);
      await pause(0.5);
      seen = [];
      const startMs = performance.now();
      act();
      while (!seen.some(({ key }) => key === told) && performance.now() - startMs < 5000) await pause(0.002);
      figures.set(name, [...(figures.get(name) ?? []), performance.now() - startMs]);
    }
    rmSync(path, { force: true });
    await pause(0.5);
  }
  for (const [name, all] of figures) say(`${name}: ${all.map((ms) => ms.toFixed(0)).join(', ')} ms`);
  const worstMs = Math.max(...[...figures.values()].flat());
  await agent.stop();
  agent.clean();
  say(`the slowest took ${worstMs.toFixed(0)} ms (150 ms allowed)`);
  return worstMs <= 150;
}

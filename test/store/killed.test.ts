import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { takeLock } from '../../src/io/disk/lock.ts';
import { pluginFile } from '../../src/model/plugin.ts';
import { bundle } from '../helpers/bundle.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { turn } from '../helpers/turns.ts';
import { inspect, openIn } from './set-up.ts';

const script = fileURLToPath(new URL('store-child.ts', import.meta.url));

type Child = { readonly process: ChildProcess; readonly lines: readonly string[]; readonly ended: Promise<unknown> };

/** Starts the writer (a bundle) and collects what it prints. */
function startChild(program: string, dir: string, first: number): Child {
  const child = spawn(process.execPath, [program, dir, String(first)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
  });
  const ended = new Promise((resolve) => child.on('close', (status, signal) => resolve(signal ?? status)));
  onTestFinished(() => void child.kill('SIGKILL'));
  return { process: child, lines, ended };
}

const lastNumber = (lines: readonly string[], word: string) =>
  Number(lines.findLast((line) => line.startsWith(word))?.split(' ')[1] ?? 0);

/**
 * Lets it print a number of lines, then run a few turns more, and kills it, between any two
 * instructions.
 */
async function killAfter(child: Child, lines: number, turns: number): Promise<void> {
  while (child.lines.length < lines && child.process.exitCode === null) await turn();
  for (let time = 0; time < turns; time += 1) await turn();
  child.process.kill('SIGKILL');
  expect(await child.ended).toBe('SIGKILL');
}

test('what a killed agent reported as committed is there, once and in order; rows and kept files agree', async () => {
  const dir = tempDir();
  const program = bundle(script, tempDir());
  const moments = fc.sample(fc.record({ lines: fc.integer({ min: 1, max: 60 }), turns: fc.nat(40) }), {
    seed: 7,
    numRuns: 8,
  });
  let known = 0; // as many samples as the sink `b`, which accepts nothing, has before it
  let passed = 0; // as many of them as the sink `a` has accepted
  for (const { lines, turns } of moments) {
    const child = startChild(program, dir, known);
    await killAfter(child, lines, turns);
    const found = inspect(dir);
    // a file without a row may be left until the next start
    expect([found.integrity, found.withoutFile]).toEqual(['ok', []]);

    const at = openIn(dir);
    const batch = at.store.view('b').peek(1e9);
    expect(batch?.hasMore ?? false).toBe(false);
    const values = (batch?.samples ?? []).map(({ value }) => value);
    checkNumbers(values, lastNumber(child.lines, 'committed'));
    for (const file of ['p0', 'p1', 'p2'].map(pluginFile)) {
      const last = at.store.lastRun(file);
      if (last) expect(readFileSync(at.store.stdinPath(file) ?? '', 'utf8')).toBe(`run ${last.endedAtS}`);
    }
    const accepted = values.length - at.store.view('a').waiting();
    expect(accepted).toBeGreaterThanOrEqual(passed + lastNumber(child.lines, 'accepted'));
    passed = accepted;
    known = (values.at(-1) ?? -1) + 1;
    at.close();
    expect(inspect(dir)).toEqual({ integrity: 'ok', withoutFile: [], withoutRow: [] });
  }
  expect(known).toBeGreaterThan(50);
  expect(passed).toBeGreaterThan(0);
});

/** 0, 1, 2 … without a gap, up to what was reported at least. */
function checkNumbers(values: readonly number[], reported: number): void {
  expect(values.slice(0, reported).at(-1)).toBe(reported > 0 ? reported - 1 : undefined);
  expect(values.findIndex((value, index) => value !== index)).toBe(-1);
}

test('a second agent is refused while the first lives, and may start as soon as that was killed', async () => {
  const dir = tempDir();
  const child = startChild(bundle(script, tempDir()), dir, 0);
  while (child.lines.length === 0) await turn();
  expect(() => openIn(dir)).toThrow(
    `another agent uses the state directory ${dir}; stop that one, or give this one its own with --state-dir DIR`,
  );
  expect(takeLock(join(dir, 'lock'))).toBeNull();
  await killAfter(child, 0, 0);
  openIn(dir).close();
});

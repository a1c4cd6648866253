import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { bundle } from '../../helpers/bundle.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { turn } from '../../helpers/turns.ts';
import { inspect } from '../set-up.ts';
import { dayS, startS } from './model.ts';
import { openHistoryIn, rowsIn } from './set-up.ts';

const script = fileURLToPath(new URL('history-child.ts', import.meta.url));

/**
 * Lets a child (a bundle) commit ticks, and kills it a few turns after it has reported some.
 * Returns how many it had reported by then.
 */
async function liveAndDie(
  program: string,
  dir: string,
  startMs: number,
  ticks: number,
  turns: number,
): Promise<number> {
  const child = spawn(process.execPath, [program, dir, String(startMs)], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const closed = once(child, 'close');
  let committed = 0;
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    committed = Number(line.split(' ')[1] ?? committed);
  });
  while (committed < ticks && child.exitCode === null) await turn();
  for (let time = 0; time < turns; time += 1) await turn();
  child.kill('SIGKILL');
  await closed;
  return committed;
}

test('samples that a killed agent had committed are in the history, once', { timeout: 120_000 }, async () => {
  const dir = tempDir();
  const program = bundle(script, tempDir());
  let startMs = (startS - 30) * 1000;
  const known: number[] = []; // the times of ticks
  for (const [ticks, turns] of [
    [11, 0],
    [9, 3],
    [12, 7],
    [8, 1],
    [10, 20],
  ] as const) {
    const committed = await liveAndDie(program, dir, startMs, ticks, turns);
    expect(inspect(dir).integrity).toBe('ok');
    const at = openHistoryIn(dir, { startMs });
    const { points } = at.history.query('h.p0.m0', 0, startS + dayS);
    const fresh = points.slice(known.length).map(([atS]) => atS);
    expect(points.slice(0, known.length).map(([atS]) => atS)).toEqual(known);
    expect(fresh.length).toBeGreaterThanOrEqual(committed);
    expect(new Set(fresh).size).toBe(fresh.length);
    known.push(...fresh);
    for (const metric of ['h.p13.m513', 'h.p99.m999']) {
      const values = at.history.query(metric, 0, startS + dayS).points;
      expect(values).toEqual(known.map((atS) => [atS, ...Array(3).fill(Number(metric.split('.m')[1]))]));
    }
    startMs = (known.at(-1) ?? 0) * 1000;
    at.crash();
  }
  const at = openHistoryIn(dir, { startMs });
  expect(rowsIn(at).history).toBeGreaterThan(1000);
  at.close();
});

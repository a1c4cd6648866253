import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { writePlugin } from '../helpers/install-plugin.ts';
import { makeHome } from '../helpers/test-daemon.ts';
import { moment } from '../helpers/turns.ts';

const ownProcesses = ['--pid', '--fork', '--mount-proc', '--kill-child'];
const trouble = troubleOf();

/** Why no process 1 can be made here. Null: it can. */
function troubleOf(): string | null {
  if (process.geteuid?.() !== 0) return 'needs root';
  try {
    execFileSync('unshare', [...ownProcesses, 'true'], { stdio: 'ignore' });
    return null;
  } catch {
    return 'unshare is missing, or this container refuses it';
  }
}

test.skipIf(trouble !== null)(
  `as process 1 the agent leaves no zombie of what plugins leave behind${trouble === null ? '' : ` (skipped: ${trouble})`}`,
  { timeout: 60_000 },
  async () => {
    const home = makeHome();
    const seen = join(home.state, '..', 'seen');
    // Prints its parent's id, and how many zombies the orphans of former runs left.
    writePlugin(
      home.scripts,
      'p',
      `#!/bin/sh
(sleep 0.2 >/dev/null 2>&1 &)
(sleep 0.1 >/dev/null 2>&1 &)
echo "$PPID $(grep -l '^State:.Z' /proc/[0-9]*/status | wc -l)" >> '${seen}'
echo v 1
`,
    );
    const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
    const words = ['--state-dir', home.state, '-H', 'h', '-r', '1', '-e', '-s', home.scripts];
    const child = spawn('unshare', [...ownProcesses, process.execPath, main, ...words], {
      stdio: 'ignore',
      env: { PATH: process.env['PATH'] ?? '', HOME: home.state },
    });
    onTestFinished(async () => {
      const ended = once(child, 'exit');
      child.kill('SIGKILL'); // with its first process, the namespace ends
      await ended;
    });
    const lines = () => {
      try {
        return readFileSync(seen, 'utf8').trim().split('\n');
      } catch {
        return [];
      }
    };
    // Each run would add two. One that has just ended may not be collected yet.
    while (!lines().slice(4).includes('1 0')) await moment();
    expect(new Set(lines().map((line) => line.split(' ')[0]))).toEqual(new Set(['1']));
  },
);

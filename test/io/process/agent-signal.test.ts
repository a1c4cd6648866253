import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { signalAgent } from '../../../src/io/process/agent-signal.ts';
import { processes } from '../../../src/io/process/identity.ts';

function sleeper() {
  const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  const identity = processes.identify(child.pid ?? 0);
  if (identity === null) throw new Error('it could not be started');
  return {
    identity,
    ended: new Promise((resolve) => child.on('close', (status, signal) => resolve(signal ?? status))),
  };
}

test('a signal reaches the process that is meant', async () => {
  const { identity, ended } = sleeper();
  expect(signalAgent(identity, 'SIGTERM')).toBe('sent');
  expect(await ended).toBe('SIGTERM');
  expect(signalAgent(identity, 'SIGTERM')).toBe('gone');
});

test('a signal does not reach another process that has the id now', () => {
  const { identity } = sleeper();
  expect(signalAgent({ ...identity, startedAt: `${identity.startedAt}0` }, 'SIGKILL')).toBe('gone');
  expect(processes.isAlive(identity)).toBe(true);
});

test.skipIf(process.getuid?.() === 0)(
  "another user's process is not ours to signal (skipped for root, to whom none is forbidden)",
  () => {
    const init = processes.identify(1);
    expect(init && signalAgent(init, 'SIGTERM')).toBe('forbidden');
  },
);

/** By itself, or through the options of `child_process`, which would send one when time is up. */
function sends(code: string): boolean {
  return (
    /\.kill\(|killSignal/.test(code) || (code.includes('node:child_process') && /\btimeout:|AbortSignal/.test(code))
  );
}

test('nothing else in the program sends a signal', () => {
  const src = fileURLToPath(new URL('../../../src/', import.meta.url));
  const files = readdirSync(src, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.ts'));
  const senders = files.filter((name) => sends(readFileSync(src + name, 'utf8')));
  expect(senders).toEqual(['io/process/agent-signal.ts']);
});

import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { processes, signalName, signalNumber } from '../../../src/io/process/identity.ts';
import { holdFifo } from '../../helpers/hold-fifo.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { until } from './launch/launchers.ts';

/** A process that is ended after the test. */
function start(command: string, args: readonly string[]): ChildProcess & { readonly pid: number } {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} could not be started`);
  onTestFinished(() => void child.kill('SIGKILL'));
  return Object.assign(child, { pid });
}

describe('a process', () => {
  test('is the same as long as it lives, and is not another', () => {
    const child = start('sleep', ['1000']);
    const [mine, its] = [processes.identify(process.pid), processes.identify(child.pid)];
    expect([mine?.pid, its?.pid]).toEqual([process.pid, child.pid]);
    expect(processes.identify(process.pid)).toEqual(mine);
    expect(mine?.startedAt).not.toBe(its?.startedAt);
    expect([mine, its].map((one) => one && processes.isAlive(one))).toEqual([true, true]);
  });

  test('is not alive any more when another lives under its id', () => {
    const mine = processes.identify(process.pid);
    expect(mine && processes.isAlive({ ...mine, startedAt: `${mine.startedAt}0` })).toBe(false);
  });

  test('that has ended has no identity', async () => {
    const child = start('true', []);
    const its = { pid: child.pid, startedAt: processes.identify(child.pid)?.startedAt ?? '' };
    await new Promise((resolve) => child.on('close', resolve));
    expect([processes.identify(child.pid), processes.isAlive(its)]).toEqual([null, false]);
  });

  test('that has ended and was not collected by its parent has no identity', async () => {
    const hold = holdFifo();
    const parent = start('/bin/sh', ['-c', 'read -r _ < "$0" & echo $!; exec sleep 1000', hold.path]);
    const pid = await new Promise<number>((resolve) => parent.stdout?.on('data', (text) => resolve(Number(text))));
    await until(() => readFileSync(`/proc/${parent.pid}/comm`, 'latin1') === 'sleep\n'); // which collects no child
    hold.release();
    await until(() => processes.identify(pid) === null);
    expect(() => process.kill(pid, 0)).not.toThrow(); // it still has its place in the table
  });

  test('may have a name with blanks and parentheses: it is no sign that it is dead', () => {
    const path = join(tempDir(), 'a) Z (b 9');
    copyFileSync('/bin/sleep', path);
    const child = start(path, ['1000']);
    expect(processes.identify(child.pid)?.startedAt).toMatch(/^[0-9a-f]{8}:\d+$/);
  });

  test('that never was has no identity', () => {
    expect([-1, 0, Number.NaN, 2 ** 31 - 1].map((pid) => processes.identify(pid))).toEqual([null, null, null, null]);
  });
});

test('signals have their usual names and numbers', () => {
  expect([1, 2, 6, 9, 11, 15].map(signalName)).toEqual([
    'SIGHUP',
    'SIGINT',
    'SIGABRT',
    'SIGKILL',
    'SIGSEGV',
    'SIGTERM',
  ]);
  expect(signalName(64)).toBe('SIG64');
  expect(signalNumber('SIGKILL')).toBe(9);
  expect(Reflect.apply(signalNumber, undefined, ['SIGNONE'])).toBe(0);
});

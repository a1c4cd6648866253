import { spawn } from 'node:child_process';
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { drainLeftovers, removeIdleFifos } from '../../../../src/io/process/fifo/leftover-fifos.ts';
import { holdFifo } from '../../../helpers/hold-fifo.ts';
import { tempDir } from '../../../helpers/temp-dir.ts';
import { descriptors, makeFifo, openWriter, until } from '../launch/launchers.ts';

describe('what a former agent left', () => {
  test('is read until its writers are gone, so that a script can finish its output, and is removed then', async () => {
    const dir = tempDir();
    const hold = holdFifo();
    const path = makeFifo(dir);
    const done = join(tempDir(), 'done');
    const script = `echo begun; read -r _ < '${hold.path}'; head -c 200000 /dev/zero; echo $? > '${done}.part'; mv '${done}.part' '${done}'`;
    const child = spawn('/bin/sh', ['-c', `exec 1<>'${path}' 2>/dev/null; ${script}`], { stdio: 'ignore' });
    const ended = new Promise((resolve) => child.on('close', resolve));
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK); // the agent that goes away
    await until(() => hasBytes(reader));
    closeSync(reader);
    drainLeftovers(dir);
    expect(existsSync(path)).toBe(true);
    hold.release();
    expect(await ended).toBe(0);
    expect(readFileSync(done, 'utf8')).toBe('0\n');
    await until(() => !existsSync(path));
  });

  test('is removed at once if no process writes to it; other files are left alone', async () => {
    const dir = tempDir();
    const before = descriptors().length;
    for (const name of ['1-1.out', '1-1.err', `it's odd`]) makeFifo(dir, name);
    writeFileSync(join(dir, 'file'), '');
    symlinkSync(join(dir, '1-1.out'), join(dir, 'link'));
    drainLeftovers(dir);
    await until(() => readdirSync(dir).length === 2);
    expect(readdirSync(dir).sort()).toEqual(['file', 'link']);
    await until(() => descriptors().length === before);
  });

  test('may be nothing, not even a folder', () => {
    expect(() => drainLeftovers(join(tempDir(), 'missing'))).not.toThrow();
  });
});

function hasBytes(fd: number): boolean {
  try {
    return readSync(fd, Buffer.alloc(1)) > 0;
  } catch {
    return false; // EAGAIN
  }
}

describe('idle pipes', () => {
  test('are removed; those that a process holds are left and counted, whether it has written or not', () => {
    const dir = tempDir();
    makeFifo(dir, 'idle');
    const held = [makeFifo(dir, 'silent'), makeFifo(dir, 'written')].map(openWriter);
    onTestFinished(() => held.forEach((fd) => void closeSync(fd)));
    writeSync(held[1] ?? 0, 'x');
    writeFileSync(join(dir, 'file'), '');
    expect(removeIdleFifos(dir)).toEqual({ removed: 1, held: 2 });
    expect(readdirSync(dir).sort()).toEqual(['file', 'silent', 'written']);
  });

  test('are removed with their folder when nothing is left in it', () => {
    const dir = join(tempDir(), 'pipes');
    expect(removeIdleFifos(dir)).toEqual({ removed: 0, held: 0 });
    mkdirSync(dir);
    makeFifo(dir);
    expect(removeIdleFifos(dir)).toEqual({ removed: 1, held: 0 });
    expect(existsSync(dir)).toBe(false);
  });
});

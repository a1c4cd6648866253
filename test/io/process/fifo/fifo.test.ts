import { closeSync, existsSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openFifo } from '../../../../src/io/process/fifo/fifo.ts';
import { tempDir } from '../../../helpers/temp-dir.ts';
import { turn } from '../../../helpers/turns.ts';
import { descriptors, makeFifo, openWriter, until } from '../launch/launchers.ts';

/** A pipe that is removed after the test, and what it has read. */
function opened(path = makeFifo()) {
  const read: Buffer[] = [];
  const pipe = openFifo(path, (chunk) => read.push(Buffer.from(chunk)));
  onTestFinished(() => pipe.remove());
  return { pipe, text: () => Buffer.concat(read).toString('latin1') };
}

describe('a pipe', () => {
  test('serves one writer after another and never ends between them', async () => {
    const { pipe, text } = opened();
    for (let time = 0; time < 50; time += 1) {
      const fd = openWriter(pipe.path);
      writeSync(fd, `${time};`);
      if (time % 2 === 0) await turn();
      closeSync(fd);
      expect(pipe.settle()).toBe(true);
      if (time % 3 === 0) await turn();
    }
    expect(text()).toBe(Array.from({ length: 50 }, (_, time) => `${time};`).join(''));
  });

  test('settles with all that was written, up to what a pipe can hold', () => {
    const { pipe, text } = opened();
    const fd = openWriter(pipe.path);
    const bytes = Buffer.alloc(65_536, 'abcdefg');
    expect(writeSync(fd, bytes)).toBe(65_536);
    closeSync(fd);
    expect(pipe.settle()).toBe(true);
    expect(text() === bytes.toString('latin1')).toBe(true);
  });

  test('does not settle while another process may write, and reports when the last one is gone', async () => {
    const { pipe, text } = opened();
    const fd = openWriter(pipe.path);
    writeSync(fd, 'early ');
    expect(pipe.settle()).toBe(false);
    let isReleased = false;
    pipe.onReleased(() => {
      isReleased = true;
    });
    writeSync(fd, 'late');
    await until(() => text() === 'early late');
    expect(isReleased).toBe(false);
    closeSync(fd);
    await until(() => isReleased);
    let isCalledAtOnce = false;
    pipe.onReleased(() => {
      isCalledAtOnce = true;
    });
    expect(isCalledAtOnce).toBe(true);
  });

  test('does not read for ever what a process writes as fast as it is read', () => {
    const path = makeFifo();
    const fd = openWriter(path);
    let readBytes = 0;
    const pipe = openFifo(path, (chunk) => {
      readBytes += chunk.length;
      if (readBytes < 64 * 1024 * 1024) writeSync(fd, Buffer.alloc(65_536));
    });
    onTestFinished(() => pipe.remove());
    writeSync(fd, 'begun');
    expect(pipe.settle()).toBe(false);
    expect(readBytes).toBeGreaterThan(1024 * 1024);
    expect(readBytes).toBeLessThan(2 * 1024 * 1024);
    closeSync(fd);
  });

  test('whose writer let go early waits for a later one all the same', async () => {
    const { pipe, text } = opened();
    const first = openWriter(pipe.path);
    pipe.listen();
    writeSync(first, 'first ');
    closeSync(first);
    await until(() => text() === 'first ');
    await new Promise((resolve) => setImmediate(resolve));
    expect(pipe.settle()).toBe(true);
    const second = openWriter(pipe.path);
    expect(pipe.settle()).toBe(false);
    let isReleased = false;
    pipe.onReleased(() => {
      isReleased = true;
    });
    expect(isReleased).toBe(false);
    writeSync(second, 'late');
    closeSync(second);
    await until(() => isReleased);
    expect(text()).toBe('first late');
  });

  test('that is abandoned is still read, its data is dropped, and its file is removed with the last writer', async () => {
    const { pipe, text } = opened();
    const fd = openWriter(pipe.path);
    writeSync(fd, 'early');
    pipe.settle();
    pipe.abandon();
    for (let time = 0; time < 10; time += 1) {
      writeSync(fd, Buffer.alloc(30_000));
      await turn();
    }
    expect([text(), existsSync(pipe.path)]).toEqual(['early', true]);
    closeSync(fd);
    await until(() => !existsSync(pipe.path));
  });

  test('whose writers are gone before it is abandoned loses its file at once', async () => {
    const { pipe } = opened();
    const fd = openWriter(pipe.path);
    pipe.settle();
    closeSync(fd);
    await new Promise<void>((resolve) => pipe.onReleased(resolve));
    pipe.abandon();
    expect(existsSync(pipe.path)).toBe(false);
  });

  test('knows that its file is gone, or is no FIFO any more', () => {
    const { pipe } = opened();
    expect(pipe.isThere()).toBe(true);
    rmSync(pipe.path);
    expect(pipe.isThere()).toBe(false);
    writeFileSync(pipe.path, '');
    expect(pipe.isThere()).toBe(false);
  });

  test('whose file is gone gives what was written last, and is spent once it was listened to', async () => {
    const { pipe, text } = opened();
    const fd = openWriter(pipe.path);
    rmSync(pipe.path);
    writeSync(fd, 'la');
    pipe.listen();
    writeSync(fd, 'st');
    closeSync(fd);
    expect(pipe.settle()).toBe(false);
    await new Promise<void>((resolve) => pipe.onReleased(resolve));
    expect(text()).toBe('last');
  });

  test('closes all its descriptors', async () => {
    const path = makeFifo();
    const before = descriptors().length;
    const { pipe } = opened(path);
    expect(descriptors().length).toBe(before + 1);
    pipe.remove();
    await until(() => descriptors().length === before);
    expect(existsSync(path)).toBe(false);
  });

  test('that can not be opened throws what the system says, and leaves no descriptor', () => {
    const before = descriptors().length;
    expect(() => openFifo(join(tempDir(), 'missing'), () => {})).toThrow('ENOENT');
    expect(descriptors().length).toBe(before);
  });
});

import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createLineWriter } from '../../../src/io/disk/line-writer.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

/** A pipe whose reader reads only when `readAll` is called. */
function stalledPipe() {
  const path = join(tempDir(), 'pipe');
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  onTestFinished(() => closeSync(writer));
  let isOpen = true;
  const close = () => {
    if (isOpen) closeSync(reader);
    isOpen = false;
  };
  onTestFinished(close);
  const buffer = Buffer.alloc(1 << 20);
  return {
    writer,
    close,
    readAll(): string {
      let text = '';
      try {
        for (let length = readSync(reader, buffer); length > 0; length = readSync(reader, buffer))
          text += buffer.toString('utf8', 0, length);
      } catch {
        // empty for now
      }
      return text;
    },
  };
}

test('while a reader stalls, log lines and printed samples wait, and come out whole and in order', async () => {
  const pipe = stalledPipe();
  const lines = createLineWriter();
  const log = Array.from({ length: 1000 }, (_, index) => `{"line":${index},"filler":"${'x'.repeat(90)}"}\n`);
  for (const line of log) lines.write(pipe.writer, line); // 100 kB into a pipe that holds 64
  let isOut = false;
  const printed = lines.print(pipe.writer, 'host.plugin.metric 1 1700000000\n').then(() => {
    isOut = true;
  });
  lines.write(pipe.writer, 'after\n');
  let text = pipe.readAll();
  expect(isOut).toBe(false);
  while (!isOut) {
    text += pipe.readAll();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await printed;
  lines.flush(pipe.writer);
  text += pipe.readAll();
  expect(text).toBe(`${log.join('')}host.plugin.metric 1 1700000000\nafter\n`);
});

test('without room, log lines are lost and counted, but printed text is not', async () => {
  const pipe = stalledPipe();
  const lines = createLineWriter();
  const line = `${'x'.repeat(999)}\n`;
  for (let count = 0; count < 500; count += 1) lines.write(pipe.writer, line);
  const printed = lines.print(pipe.writer, 'kept\n');
  let text = '';
  while (!text.endsWith('kept\n')) {
    text += pipe.readAll();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await printed;
  const lost = 500 - (text.length - 5) / 1000;
  expect(lost).toBeGreaterThan(100);
  expect(lines.write(pipe.writer, 'next\n')).toBe(
    `${lost} lines of the log could not be written and were lost (EAGAIN)`,
  );
});

test('printing to a pipe that no process reads any more is rejected, and the next line is dropped without harm', async () => {
  const pipe = stalledPipe();
  const lines = createLineWriter();
  pipe.close();
  await expect(lines.print(pipe.writer, 'a\n')).rejects.toMatchObject({ code: 'EPIPE' });
  expect(lines.write(pipe.writer, 'b\n')).toBeNull();
});

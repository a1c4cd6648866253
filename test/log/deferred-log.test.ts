import { expect, test } from 'vitest';
import type { LogDestination } from '../../src/io/disk/log-file.ts';
import { createDeferredLog } from '../../src/log/deferred-log.ts';

function recorder() {
  const calls: string[] = [];
  const to: LogDestination = {
    write(line) {
      calls.push(line);
      return 'trouble';
    },
    isThere: () => false,
    reopen() {
      calls.push('reopened');
      return 'no file';
    },
    close: () => void calls.push('closed'),
  };
  return { calls, to };
}

test('lines are held until the log is open, then written in order; later ones go there at once', () => {
  const { calls, to } = recorder();
  const held = createDeferredLog();
  expect([held.write('a'), held.write('b'), held.reopen()]).toEqual([null, null, null]);
  expect(calls).toEqual([]);
  held.release(to);
  expect([held.write('c'), held.reopen()]).toEqual(['trouble', 'no file']);
  held.close();
  expect(calls).toEqual(['a', 'b', 'c', 'reopened', 'closed']);
});

test('a log that is never opened can be closed', () => {
  const held = createDeferredLog();
  held.write('a');
  expect(() => held.close()).not.toThrow();
});

test('it is there until it is released, and then as its destination says', () => {
  const log = createDeferredLog();
  expect(log.isThere()).toBe(true);
  log.release(recorder().to);
  expect(log.isThere()).toBe(false);
});

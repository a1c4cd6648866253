import { expect, test } from 'vitest';
import { messageText } from '../../src/words/check-message.ts';

test('what a check says has its state before it, unless that is OK', () => {
  expect(messageText({ message: 'load 5', checkState: 'WARNING' })).toEqual(['WARNING: load 5']);
  expect(messageText({ message: 'load 1', checkState: 'OK' })).toEqual(['load 1']);
  expect(messageText({ message: 'fine' })).toEqual(['fine']);
  expect(messageText({ checkState: 'CRITICAL' })).toEqual(['CRITICAL']);
});

test('a run that says nothing has no text', () => {
  for (const run of [null, {}, { message: '', checkState: null }, { message: null, checkState: 'OK' }])
    expect(messageText(run)).toEqual([]);
});

import { expect, test } from 'vitest';
import { createTakeReading } from '../../src/host/sources.ts';
import { err, ok } from '../../src/model/result.ts';
import { eventLog } from '../helpers/event-log.ts';

test('a source that fails is told once, its recovery too, and then it may fail again; others are told on their own', () => {
  const events = eventLog();
  const take = createTakeReading(events.emit);
  expect(take('/proc/stat', ok(4))).toBe(4);
  expect(take('/proc/stat', err('first'))).toBeNull();
  expect(take('/proc/stat', err('second'))).toBeNull();
  take('/proc/loadavg', err('other'));
  expect(take('/proc/stat', ok(5))).toBe(5);
  take('/proc/stat', ok(6));
  take('/proc/stat', err('third'));
  expect(events.all).toEqual([
    { event: 'host.unreadable', source: '/proc/stat', detail: 'first' },
    { event: 'host.unreadable', source: '/proc/loadavg', detail: 'other' },
    { event: 'host.recovered', source: '/proc/stat' },
    { event: 'host.unreadable', source: '/proc/stat', detail: 'third' },
  ]);
});

import { expect, test } from 'vitest';
import { createValueOrReport } from '../../src/host/value-or-report.ts';
import { err, ok } from '../../src/model/result.ts';
import { eventLog } from '../helpers/event-log.ts';

test('a source that fails is reported once, and so is its recovery; then it may fail again; other sources are reported separately', () => {
  const events = eventLog();
  const valueOrReport = createValueOrReport(events.emit);
  expect(valueOrReport('/proc/stat', ok(4))).toBe(4);
  expect(valueOrReport('/proc/stat', err('first'))).toBeNull();
  expect(valueOrReport('/proc/stat', err('second'))).toBeNull();
  valueOrReport('/proc/loadavg', err('other'));
  expect(valueOrReport('/proc/stat', ok(5))).toBe(5);
  valueOrReport('/proc/stat', ok(6));
  valueOrReport('/proc/stat', err('third'));
  expect(events.all).toEqual([
    { event: 'host.unreadable', source: '/proc/stat', detail: 'first' },
    { event: 'host.unreadable', source: '/proc/loadavg', detail: 'other' },
    { event: 'host.recovered', source: '/proc/stat' },
    { event: 'host.unreadable', source: '/proc/stat', detail: 'third' },
  ]);
});

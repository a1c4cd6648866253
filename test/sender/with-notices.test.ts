import { expect, test } from 'vitest';
import type { Notice } from '../../src/model/mark.ts';
import { unixSeconds } from '../../src/model/sample.ts';
import { withNotices } from '../../src/sender/with-notices.ts';
import { arraySpool } from './set-up.ts';

function noticeOf(id: number): Notice {
  return { id, atS: unixSeconds(1_700_000_000), durationS: 0, kind: 'started', plugin: null, text: 'was started' };
}

test('notices go with the next batch, or alone, and are accepted with it', () => {
  const samples = arraySpool();
  let owed: readonly Notice[] = [noticeOf(1)];
  const spool = withNotices(samples, {
    owed: () => owed,
    accepted: (notices) => {
      owed = owed.filter((notice) => !notices.includes(notice));
    },
  });

  const alone = spool.peek(10);
  expect(alone).toEqual({ samples: [], storedSamples: 0, position: 0, hasMore: false, notices: [noticeOf(1)] });
  expect(spool.peek(10)).toEqual(alone); // it came back
  samples.append(2);
  expect(spool.waiting()).toBe(3);
  const both = spool.peek(10);
  expect(both).toMatchObject({ storedSamples: 2, position: 2, notices: [noticeOf(1)] });
  if (both) spool.accept(both);
  expect([spool.waiting(), samples.position(), owed]).toEqual([0, 2, []]);

  expect(spool.peek(10)).toBeNull();
  samples.append(1);
  const plain = spool.peek(10);
  expect(plain).not.toHaveProperty('notices');
  if (plain) spool.accept(plain);
  expect(spool.waiting()).toBe(0);
});

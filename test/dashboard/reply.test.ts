import { expect, test } from 'vitest';
import { listReplyWalk } from '../../src/dashboard/reply.ts';
import { replyText } from '../helpers/reply-text.ts';

test.each([0, 1, 50, 51, 100, 220])('a list of %i items is a JSON document, made in steps', (count) => {
  const items = Array.from({ length: count }, (_, index) => ({ index, text: '], "é' }));
  const walk = listReplyWalk(items, ['{"items":', ',"more":1}']);
  let steps = 0;
  let next = walk.next();
  for (; next.done !== true; next = walk.next()) steps += 1;
  expect(JSON.parse(replyText(next.value) ?? '')).toEqual({ items, more: 1 });
  expect(steps).toBe(Math.floor(count / 50));
});

import { expect, test } from 'vitest';
import { createRequestSize, type RequestSize } from '../../src/sinks/request-size.ts';

/** The server accepts `count` full requests. */
function take(size: RequestSize, count: number): void {
  for (let i = 0; i < count; i += 1) size.fitted(size.most());
}

test('has no bound until a request was too large, and then half of that request', () => {
  const size = createRequestSize();
  size.fitted(5000);
  expect(size.most()).toBe(Number.POSITIVE_INFINITY);
  size.wasTooLarge(5000);
  expect(size.most()).toBe(2500);
  size.wasTooLarge(25);
  expect(size.most()).toBe(13);
});

test('is doubled after 50 full requests, and then with every one until one is too large again', () => {
  const size = createRequestSize();
  size.wasTooLarge(200);
  take(size, 49);
  expect(size.most()).toBe(100);
  take(size, 1);
  expect(size.most()).toBe(200);
  take(size, 2);
  expect(size.most()).toBe(800);
  size.wasTooLarge(800);
  take(size, 49);
  expect(size.most()).toBe(400);
});

test('is not raised by requests that are not full', () => {
  const size = createRequestSize();
  size.wasTooLarge(200);
  for (let i = 0; i < 100; i += 1) size.fitted(99);
  expect(size.most()).toBe(100);
});

test('of one is doubled at once if a single sample was too large', () => {
  const size = createRequestSize();
  size.wasTooLarge(2);
  size.wasTooLarge(1);
  expect(size.most()).toBe(1);
  take(size, 3);
  expect(size.most()).toBe(8);
});

test('is not learnt from a single sample that is too large', () => {
  const size = createRequestSize();
  size.wasTooLarge(1);
  expect(size.most()).toBe(Number.POSITIVE_INFINITY);
});

import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

const mostBytes = 130_000; // packed: what a browser loads, with the library of the charts

test('what the page loads is at most 130 KB when it is packed', () => {
  const packed = ['app.js', 'app.css'].map(
    (name) => gzipSync(readFileSync(new URL(`../../dist/web/${name}`, import.meta.url))).length,
  );
  for (const bytes of packed) expect(bytes).toBeGreaterThan(1000);
  expect(packed.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThanOrEqual(mostBytes);
});

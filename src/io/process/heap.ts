import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const growthFactor = 2;
const growthBytes = 8 * 1024 * 1024;

/**
 * Keeps the heap small in a process that lives for months and does little: by itself, V8 lets
 * garbage grow to many times the size of the live objects before it collects the old generation.
 * Returns a function to call when there is nothing else to do. That function collects (10 to 40
 * ms) only if the heap has doubled, and grown by 8 MB, since the last time. Does nothing if V8
 * offers no collection.
 */
export function keepHeapSmall(): () => void {
  setFlagsFromString('--semi-space-growth-factor=1'); // the young generation stays as small as it began
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('typeof gc === "function" ? gc : null');
  let usedBytes = 0;
  return () => {
    if (typeof collect !== 'function' || getHeapStatistics().used_heap_size < usedBytes * growthFactor + growthBytes)
      return;
    collect();
    usedBytes = getHeapStatistics().used_heap_size;
  };
}

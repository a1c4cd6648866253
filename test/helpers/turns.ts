/** One turn of the event loop: what was ready has been handled. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * Leaves the processor to the others for a moment, where a test waits for what another process
 * does and gets no event of it: before each next look. How long that is proves nothing.
 */
export function moment(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5));
}

/** Gives turns, and calls `each` at every one, until the promise is settled. */
export async function turnUntil<Value>(promise: Promise<Value>, each: () => void): Promise<Value> {
  let isOver = false;
  const done = () => {
    isOver = true;
  };
  void promise.then(done, done);
  while (!isOver) {
    each();
    await turn();
  }
  return promise;
}

/** One turn of the event loop: what was ready has been handled. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
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

/**
 * Wraps `work` so that only one call of it runs at a time. Calls made while one runs lead to one
 * more run after it, so the last run always begins after the last call.
 */
export function oneAtATime(work: () => Promise<void>): () => Promise<void> {
  let isRunning = false;
  let isCalledAgain = false;
  return async () => {
    if (isRunning) {
      isCalledAgain = true;
      return;
    }
    isRunning = true;
    try {
      do {
        isCalledAgain = false;
        await work();
      } while (isCalledAgain);
    } finally {
      isRunning = false;
    }
  };
}

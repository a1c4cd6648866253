import type { Clock } from '../io/clock.ts';
import { err, type Result } from '../model/result.ts';

/** Asks a question with a deadline. `question` must not reject. */
export type AskWithDeadline = <Value>(
  key: string,
  question: () => Promise<Result<Value, string>>,
) => Promise<Result<Value, string>>;

/**
 * Creates an `AskWithDeadline` that answers after `deadlineMs` at the latest, with an error if
 * there is no answer by then. A question can't be cancelled. Therefore:
 * - while the question of a key is open, that key is not asked again; it fails at once;
 * - at most `mostOpen` questions are open, including those that hang. Others wait for their turn
 *   until their deadline.
 */
export function createAskWithDeadline(clock: Clock, deadlineMs: number, mostOpen: number): AskWithDeadline {
  const pendingKeys = new Set<string>(); // of questions that are open or wait for their turn
  const waiting = new Set<() => void>();
  let open = 0;

  function beginWaiting() {
    for (const begin of waiting) {
      if (open >= mostOpen) return;
      waiting.delete(begin);
      begin();
    }
  }

  return (key, question) => {
    if (pendingKeys.has(key)) return Promise.resolve(err('it still has not answered; it is left out until it does'));
    pendingKeys.add(key);
    return new Promise((resolve) => {
      const begin = () => {
        open += 1;
        void question().then((answer) => {
          open -= 1;
          pendingKeys.delete(key);
          timer.cancel();
          resolve(answer);
          beginWaiting();
        });
      };
      const timer = clock.after(deadlineMs, () => {
        if (!waiting.delete(begin))
          return resolve(err(`it has not answered within ${deadlineMs} ms; it is left out until it does`));
        pendingKeys.delete(key);
        resolve(err(`it could not be asked within ${deadlineMs} ms, because ${mostOpen} others do not answer`));
      });
      waiting.add(begin);
      beginWaiting();
    });
  };
}

import type { Clock } from '../io/clock.ts';
import { err, type Result } from '../model/result.ts';

/** Asks with a deadline. `question` must not reject. */
export type AskWithDeadline = <Value>(
  key: string,
  question: () => Promise<Result<Value, string>>,
) => Promise<Result<Value, string>>;

/**
 * An `Ask` that answers after `deadlineMs` at the latest, with an error if need be. A question can't be taken back, so:
 * - a key whose question is still open is not asked again until that has settled; it fails at once;
 * - at most `atOnce` questions are open, those that hang included; the others wait for their turn until their deadline.
 */
export function createAskWithDeadline(clock: Clock, deadlineMs: number, atOnce: number): AskWithDeadline {
  const taken = new Set<string>();
  const waiting = new Set<() => void>();
  let open = 0;

  function next() {
    for (const begin of waiting) {
      if (open >= atOnce) return;
      waiting.delete(begin);
      begin();
    }
  }

  return (key, question) => {
    if (taken.has(key)) return Promise.resolve(err('it still has not answered; it is left out until it does'));
    taken.add(key);
    return new Promise((resolve) => {
      const begin = () => {
        open += 1;
        void question().then((answer) => {
          open -= 1;
          taken.delete(key);
          timer.cancel();
          resolve(answer);
          next();
        });
      };
      const timer = clock.after(deadlineMs, () => {
        if (!waiting.delete(begin))
          return resolve(err(`it has not answered within ${deadlineMs} ms; it is left out until it does`));
        taken.delete(key);
        resolve(err(`it could not be asked within ${deadlineMs} ms, because ${atOnce} others do not answer`));
      });
      waiting.add(begin);
      next();
    });
  };
}

/** Something that can be stopped on the way; after `abort` it does nothing any more. */
type Abortable = { abort(): void };

/**
 * The attempt to send that a sink has under way, if any, so that closing the sink can give it up.
 * One attempt at a time.
 */
export class CurrentAttempt<Result> {
  readonly #givenUp: (mayHaveArrived: boolean) => Result;
  #isClosed = false;
  #giveUp: () => void = () => {};

  /** `givenUp` makes the result of an attempt that was given up. */
  constructor(givenUp: (mayHaveArrived: boolean) => Result) {
    this.#givenUp = givenUp;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /**
   * Calls `start`, which begins to send and resolves with the result. It returns what to abort;
   * null: nothing. After `close`, resolves as given up without a call.
   */
  run(start: (resolve: (result: Result) => void) => Abortable | null): Promise<Result> {
    if (this.#isClosed) return Promise.resolve(this.#givenUp(false));
    return new Promise((resolve) => {
      const started = start(resolve);
      this.#giveUp = () => {
        started?.abort();
        resolve(this.#givenUp(true));
      };
    });
  }

  /** Aborts what `start` began, even if its result is known already. */
  giveUp(): void {
    this.#giveUp();
  }

  /** Gives up the attempt, and every later one. */
  close(): void {
    this.#isClosed = true;
    this.#giveUp();
  }
}

/** How many samples a server takes in one request, as its answers have taught us so far. */
export type RequestSize = {
  /** So many samples may go in the next request; without a bound as long as nothing was too large. */
  most(): number;
  /** A request of so many samples was too large for the server. */
  wasTooLarge(samples: number): void;
  /** A request of so many samples was not. */
  fitted(samples: number): void;
};

/** After a request that was too large, so many full ones go before a larger one is tried: it goes in vain where the bound is a fixed one. */
const fullBeforeRaise = 50;

/**
 * Learns the size: half of what was too large. After a while it is doubled, and then with every full request until one is too large again.
 * A sample that is too large alone says nothing of how many others fit: then it is doubled at once.
 */
export function createRequestSize(): RequestSize {
  let most = Number.POSITIVE_INFINITY;
  let fullUntilRaise = 0;
  return {
    most: () => most,
    wasTooLarge(samples) {
      if (samples > 1) most = Math.ceil(samples / 2);
      fullUntilRaise = samples > 1 ? fullBeforeRaise : 0;
    },
    fitted(samples) {
      if (samples < most) return;
      fullUntilRaise -= 1;
      if (fullUntilRaise <= 0) most *= 2;
    },
  };
}

/** How many samples a server accepts in one request, as its answers have shown so far. */
export type RequestSize = {
  /** The most samples for the next request; infinite until a request was too large. */
  most(): number;
  /** Reports that a request of this many samples was too large for the server. */
  wasTooLarge(samples: number): void;
  /** Reports that a request of this many samples was not too large. */
  fitted(samples: number): void;
};

/**
 * After a request that was too large, this many full requests are sent before a larger one is
 * tried. If the server's limit is fixed, that larger request fails.
 */
const fullBeforeRaise = 50;

/**
 * Learns the size: half of what was too large. After `fullBeforeRaise` full requests it doubles,
 * and then with every full request until one is too large again. A single sample that is too large
 * says nothing about how many others fit, so the size doubles at the next full request.
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

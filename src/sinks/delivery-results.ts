import type { DeliveryResult } from '../model/sink.ts';

/** The result for a whole batch that the server confirmed. */
export const confirmedResult: DeliveryResult = { kind: 'accepted', confirmed: true };

/**
 * The result for a batch that comes back because the server is away, failed, or was not waited
 * for.
 */
export function returnedAsLost(sentence: string, mayHaveArrived: boolean): DeliveryResult {
  return { kind: 'returned', trouble: { kind: 'lost', sentence, commands: [] }, mayHaveArrived };
}

/** The result for a batch that comes back until a person has corrected what `sentence` names. */
export function returnedAsRefused(sentence: string): DeliveryResult {
  return { kind: 'returned', trouble: { kind: 'refused', sentence, commands: [] }, mayHaveArrived: false };
}

import { codeOf } from '../io/errors.ts';
import type { DeliveryResult, Sink } from '../model/sink.ts';
import { valueText } from './value-text.ts';

/**
 * Prints each sample as a line `NAME VALUE TIME`, the form a plugin prints. `write` resolves when its text is out; where it
 * rejects, the batch is returned.
 */
export function createConsoleSink(edges: { readonly write: (text: string) => Promise<void> }): Sink {
  let isClosed = false;
  let giveUp: () => void = () => {};
  return {
    name: 'console',
    keptForS: 0,
    deliver(samples) {
      if (isClosed) return Promise.resolve(returned('printing was given up'));
      if (samples.length === 0) return Promise.resolve({ kind: 'accepted', confirmed: true });
      const text = samples.map((sample) => `${sample.metric} ${valueText(sample.value)} ${sample.atS}\n`).join('');
      return new Promise((resolve) => {
        giveUp = () => resolve(returned('printing was given up'));
        edges.write(text).then(
          () => resolve({ kind: 'accepted', confirmed: true }),
          (error: unknown) => resolve(returned(`samples can't be printed on the console (${codeOf(error)})`)),
        );
      });
    },
    probe: () => Promise.resolve(null),
    close() {
      isClosed = true;
      giveUp();
    },
  };
}

function returned(detail: string): DeliveryResult {
  return { kind: 'returned', trouble: { kind: 'lost', sentence: detail, commands: [] }, mayHaveArrived: true };
}

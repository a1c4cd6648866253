import { codeOf } from '../io/errors.ts';
import type { DeliveryResult, Sink } from '../model/sink.ts';
import { CurrentAttempt } from './current-attempt.ts';
import { confirmedResult, returnedAsLost } from './delivery-results.ts';
import { dottedSamples } from './dotted-samples.ts';
import { valueText } from './value-text.ts';

/**
 * Prints each sample as a line `NAME VALUE TIME`, the form in which a plugin prints it. `write`
 * resolves when its text is out. If it rejects, the batch is returned.
 */
export function createConsoleSink(edges: { readonly write: (text: string) => Promise<void> }): Sink {
  const attempt = new CurrentAttempt<DeliveryResult>(() => returnedAsLost('printing was given up', true));
  return {
    name: 'console',
    keptForS: 0,
    wants: 'values',
    deliver: (samples) =>
      attempt.run((resolve) => {
        if (samples.length === 0) {
          resolve(confirmedResult);
          return null;
        }
        const text = dottedSamples(samples)
          .map((sample) => `${sample.metric} ${valueText(sample.value)} ${sample.atS}\n`)
          .join('');
        edges.write(text).then(
          () => resolve(confirmedResult),
          (error: unknown) =>
            resolve(returnedAsLost(`samples can't be printed on the console (${codeOf(error)})`, true)),
        );
        return null;
      }),
    probe: () => Promise.resolve(null),
    close: () => attempt.close(),
  };
}

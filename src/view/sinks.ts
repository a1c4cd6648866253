import type { AgentEvent } from '../model/event.ts';
import type { SinkState } from '../model/status.ts';
import { explanationOf } from '../words/explanation.ts';

/** What this life of the agent has seen of one sink. */
export type SinkFacts = {
  readonly state: SinkState;
  readonly trouble: string | null;
  readonly troubleSinceS: number | null;
  readonly lastSentAtS: number | null;
  readonly sentSamples: number;
  readonly droppedSamples: number;
};

/** Folds the events of sinks into facts, by their names. */
export type SinkFactsKeeper = { note(event: AgentEvent, nowS: number): void; of(sink: string): SinkFacts };

const noTrouble = { trouble: null, troubleSinceS: null } as const;

/** Of a sink that has delivered nothing. */
const nothingSeen: SinkFacts = { state: 'new', ...noTrouble, lastSentAtS: null, sentSamples: 0, droppedSamples: 0 };

const states = { lost: 'away', busy: 'busy', refused: 'refused' } as const;

/** Nothing is known yet. */
export function createSinkFacts(): SinkFactsKeeper {
  const bySink = new Map<string, SinkFacts>();
  const of = (sink: string) => bySink.get(sink) ?? nothingSeen;
  const change = (sink: string, part: Partial<SinkFacts>) => void bySink.set(sink, { ...of(sink), ...part });

  return {
    of,
    note(event, nowS) {
      switch (event.event) {
        case 'sink.added': // made anew: what its forerunner met is over
          return change(event.sink, { state: 'new', ...noTrouble });
        case 'sink.removed':
          return void bySink.delete(event.sink);
        case 'sink.connected':
          return change(event.sink, { state: 'connected', ...noTrouble });
        case 'sink.lost':
        case 'sink.refused': {
          const { kind } = event.trouble;
          return change(event.sink, {
            state: states[kind],
            trouble: explanationOf(event.trouble),
            troubleSinceS: of(event.sink).troubleSinceS ?? nowS,
          });
        }
        case 'batch.sent': // told before what was dropped of the same batch
          return change(event.sink, {
            ...noTrouble,
            lastSentAtS: nowS,
            sentSamples: of(event.sink).sentSamples + event.samples,
          });
        case 'batch.dropped': {
          const { droppedSamples, troubleSinceS } = of(event.sink);
          return change(event.sink, {
            trouble: event.detail,
            troubleSinceS: troubleSinceS ?? nowS,
            droppedSamples: droppedSamples + event.samples,
          });
        }
        default:
          return;
      }
    },
  };
}

import type { Advice } from '../model/advice.ts';
import type { AgentEvent } from '../model/event.ts';
import type { SinkState } from '../model/status.ts';

/** What this life of the agent has seen of one sink that is in the configuration. */
export type SinkFacts = {
  readonly state: SinkState;
  /** What is wrong with it, and what to type; null: nothing is, as far as is known. */
  readonly trouble: Pick<Advice, 'sentence' | 'commands'> | null;
  readonly troubleSinceS: number | null;
  readonly lastSentAtS: number | null;
  readonly sentSamples: number;
  readonly droppedSamples: number;
};

/** What one sink has done since the agent started. */
export type SinkCounts = {
  /** Whether the last delivery arrived. False also before the first one. */
  readonly isConnected: boolean;
  /** How often it was connected again after trouble. */
  readonly reconnects: number;
  /** Deliveries that came back because the server refuses the agent. */
  readonly refusals: number;
  readonly batchesSent: number;
  readonly batchesReturned: number;
  readonly samplesSent: number;
  /**
   * Samples of batches that came back after some of them may have arrived: at most this many were
   * sent twice.
   */
  readonly samplesMaybeTwice: number;
  /** Samples that the server will never take. */
  readonly samplesDropped: number;
};

/** Folds the events of sinks, by their names. */
export type SinkFactsKeeper = {
  /**
   * Updates facts and counts from an event; `nowS` is the wall clock's. Must see every event from
   * startup on.
   */
  note(event: AgentEvent, nowS: number): void;
  /** The facts of a sink; those of a new one where nothing is known. */
  of(sink: string): SinkFacts;
  /** The counts of a sink; zeros where it has delivered nothing. */
  countsOf(sink: string): SinkCounts;
};

const noTrouble = { trouble: null, troubleSinceS: null } as const;

const newSink: SinkFacts = { state: 'new', ...noTrouble, lastSentAtS: null, sentSamples: 0, droppedSamples: 0 };

const noDeliveries: SinkCounts = {
  isConnected: false,
  reconnects: 0,
  refusals: 0,
  batchesSent: 0,
  batchesReturned: 0,
  samplesSent: 0,
  samplesMaybeTwice: 0,
  samplesDropped: 0,
};

const stateOfTrouble = { lost: 'away', busy: 'busy', refused: 'refused' } as const;

/** Creates facts for which nothing has happened yet. */
export function createSinkFacts(): SinkFactsKeeper {
  return new EventSinks();
}

class EventSinks implements SinkFactsKeeper {
  readonly #facts = new Map<string, SinkFacts>();
  readonly #counts = new Map<string, SinkCounts>();
  readonly #everConnected = new Set<string>();

  of(sink: string): SinkFacts {
    return this.#facts.get(sink) ?? newSink;
  }

  countsOf(sink: string): SinkCounts {
    return this.#counts.get(sink) ?? noDeliveries;
  }

  note(event: AgentEvent, nowS: number): void {
    switch (event.event) {
      case 'sink.added': // with other settings: trouble of the former ones is over
        this.#change(event.sink, { state: 'new', ...noTrouble });
        return;
      case 'sink.removed':
        return void this.#facts.delete(event.sink);
      case 'sink.connected':
        this.#connected(event.sink);
        return;
      case 'sink.lost':
      case 'sink.refused': {
        const { trouble, sink } = event;
        const troubleSinceS = this.of(sink).troubleSinceS ?? nowS;
        this.#change(sink, { state: stateOfTrouble[trouble.kind], trouble, troubleSinceS });
        return;
      }
      case 'batch.sent': // comes before `batch.dropped` of the same batch
        this.#sent(event.sink, event.samples, nowS);
        return;
      case 'batch.returned':
        this.#returned(event);
        return;
      case 'batch.dropped':
        this.#dropped(event.sink, event.samples, event.detail, nowS);
        return;
      default:
    }
  }

  #connected(sink: string): void {
    this.#change(sink, { state: 'connected', ...noTrouble });
    const { reconnects } = this.countsOf(sink);
    const isAgain = this.#everConnected.has(sink);
    this.#count(sink, { isConnected: true, reconnects: reconnects + (isAgain ? 1 : 0) });
    this.#everConnected.add(sink);
  }

  #sent(sink: string, samples: number, nowS: number): void {
    this.#change(sink, { ...noTrouble, lastSentAtS: nowS, sentSamples: this.of(sink).sentSamples + samples });
    const { batchesSent, samplesSent } = this.countsOf(sink);
    this.#count(sink, { batchesSent: batchesSent + 1, samplesSent: samplesSent + samples });
  }

  #returned({ sink, samples, trouble, mayHaveArrived }: Extract<AgentEvent, { event: 'batch.returned' }>): void {
    const { batchesReturned, refusals, samplesMaybeTwice } = this.countsOf(sink);
    this.#count(sink, {
      isConnected: false,
      batchesReturned: batchesReturned + 1,
      refusals: refusals + (trouble.kind === 'refused' ? 1 : 0),
      samplesMaybeTwice: samplesMaybeTwice + (mayHaveArrived ? samples : 0),
    });
  }

  #dropped(sink: string, samples: number, detail: string, nowS: number): void {
    const { droppedSamples, troubleSinceS } = this.of(sink);
    this.#change(sink, {
      trouble: { sentence: detail, commands: [] },
      troubleSinceS: troubleSinceS ?? nowS,
      droppedSamples: droppedSamples + samples,
    });
    this.#count(sink, { samplesDropped: this.countsOf(sink).samplesDropped + samples });
  }

  #change(sink: string, change: Partial<SinkFacts>): void {
    this.#facts.set(sink, { ...this.of(sink), ...change });
  }

  #count(sink: string, change: Partial<SinkCounts>): void {
    this.#counts.set(sink, { ...this.countsOf(sink), ...change });
  }
}

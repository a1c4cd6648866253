import { createInterface } from 'node:readline';
import { metricName, unixSeconds } from '../../../src/model/sample.ts';
import type { Batch } from '../../../src/model/sink.ts';
import { openIn, type TestStore } from '../set-up.ts';

/**
 * One thing to do with the spool. `padding` makes a metric's name longer by as many characters.
 */
export type SpoolAction =
  | { readonly kind: 'append'; readonly first: number; readonly count: number; readonly padding: number }
  | { readonly kind: 'flush' }
  | { readonly kind: 'peek'; readonly sink: string; readonly most: number }
  | { readonly kind: 'accept'; readonly sink: string };

/**
 * The spool's state after an action: what a sink got, and for each sink how much waits and is
 * lost.
 */
export type SpoolReply = {
  readonly values: readonly number[] | null;
  readonly hasMore: boolean;
  readonly waiting: readonly number[];
  readonly lost: readonly number[];
};

/** The metric of the actions' samples. */
export function paddedMetric(padding: number): string {
  return `h.p.m${'x'.repeat(padding)}`;
}

/**
 * An agent's store in its own process, to be ended with SIGKILL. The first line on stdin is
 * `{dir, maxSizeBytes}`, each other line is an action; each is answered by one line on stdout.
 * Without a line it opens nothing: a spare process waits like that.
 */
if (process.argv[2] === 'child') {
  let at: TestStore | null = null;
  const batches = new Map<string, Batch>();
  const sinks = ['a', 'b'];

  const act = ({ store }: TestStore, action: SpoolAction): Batch | null => {
    if (action.kind === 'append') {
      const metric = metricName(paddedMetric(action.padding));
      store.append(
        Array.from({ length: action.count }, (_, index) => ({
          metric,
          value: action.first + index,
          atS: unixSeconds(1_700_000_000),
        })),
      );
    } else if (action.kind === 'flush') store.flush();
    else if (action.kind === 'peek') {
      const batch = store.view(action.sink).peek(action.most);
      if (batch) batches.set(action.sink, batch);
      return batch;
    } else {
      const batch = batches.get(action.sink);
      if (batch) store.view(action.sink).accept(batch);
      batches.delete(action.sink);
    }
    return null;
  };

  createInterface({ input: process.stdin }).on('line', (line) => {
    let batch: Batch | null = null;
    if (at === null) {
      const { dir, maxSizeBytes } = JSON.parse(line);
      at = openIn(dir, { maxSizeBytes });
    } else batch = act(at, JSON.parse(line));
    const views = sinks.map((sink) => at?.store.view(sink));
    const reply: SpoolReply = {
      values: batch?.samples.map(({ value }) => value) ?? null,
      hasMore: batch?.hasMore ?? false,
      waiting: views.map((view) => view?.waiting() ?? -1),
      lost: views.map((view) => view?.lost() ?? -1),
    };
    process.stdout.write(`${JSON.stringify(reply)}\n`);
  });
}

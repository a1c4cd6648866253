/**
 * One connection as its collector saw it. `numbers` are what arrived over it, in order, with their
 * times. `isInOrder`: the collector closed it in order.
 */
export type SeenConnection = {
  readonly pid: number | null;
  readonly isInOrder: boolean;
  readonly lastedMs: number;
  readonly numbers: readonly { readonly number: number; readonly atS: number }[];
};

/**
 * What is judged. `lastNumber`: the last number of the last completed run, as the agent keeps it.
 * `killedPids`: the agents that were ended with SIGKILL.
 */
export type Evidence = {
  readonly connections: readonly SeenConnection[];
  readonly lastNumber: number;
  readonly killedPids: readonly number[];
  /** How long the agent waits for a silent collector. */
  readonly silenceMs: number;
};

/**
 * `failures`: deliveries that went wrong, so that what had arrived of them may come again.
 * `repeatedBatches`: the batches that came again, at least in part.
 */
export type Verdict = {
  readonly problems: readonly string[];
  readonly failures: number;
  readonly repeatedBatches: number;
  readonly repeatedSamples: number;
};

/**
 * Whether all that was promised holds:
 *
 * - **All of it.** The numbers 1 to `lastNumber` arrived, each of them, and nothing beside them.
 *   There is no exception for a run that a `kill -9` met before it was
 *   committed: its samples and its state are one transaction, so the next run begins where the
 * last *committed* one ended and prints the same numbers again.
 * - **One time.** A number has one time, however often it arrives. Those of an uncommitted run do
 *   get another time when they are printed again, but nothing is
 *   sent before it is committed, so the first ones never arrive.
 * - **In order.** What arrives for the first time arrives in the order in which it was printed.
 * - **Twice only for a reason.** A number comes again only where the delivery that brought it had
 *   failed: its connection was not closed in order, or lasted longer
 *   than the agent's patience, or was the last one of an agent that was then killed, which may not
 * have lived to note the close. One connection carries one
 *   batch, and no number twice: so at most one batch a failure comes again.
 */
export function judge({ connections, lastNumber, killedPids, silenceMs }: Evidence): Verdict {
  const problems: string[] = [];
  const killed = new Set(killedPids);
  const lastOf = new Map(connections.map(({ pid }, index) => [pid, index]));
  const hasFailed = connections.map(
    ({ pid, isInOrder, lastedMs }, index) =>
      !isInOrder || lastedMs >= silenceMs || (pid !== null && killed.has(pid) && lastOf.get(pid) === index),
  );
  const arrivals = new Map<number, { readonly atS: number; readonly on: number[] }>();
  let newest = 0;
  connections.forEach(({ numbers }, index) => {
    for (const { number, atS } of numbers) {
      const before = arrivals.get(number);
      if (!before) {
        arrivals.set(number, { atS, on: [index] });
        if (number < newest) problems.push(`${number} arrived after ${newest}`);
        newest = Math.max(newest, number);
        continue;
      }
      if (before.atS !== atS) problems.push(`${number} has the times ${before.atS} and ${atS}`);
      const former = before.on.at(-1) ?? 0;
      if (former === index) problems.push(`${number} arrived twice over connection ${index}`);
      else if (!hasFailed[former])
        problems.push(`${number} came again over connection ${index}, but connection ${former} had not failed`);
      before.on.push(index);
    }
  });
  for (let number = 1; number <= lastNumber; number += 1)
    if (!arrivals.has(number)) problems.push(`${number} never arrived`);
  for (const number of arrivals.keys())
    if (!(number >= 1 && number <= lastNumber)) problems.push(`${number} arrived, but no run printed it`);
  const repeated = [...arrivals.values()].flatMap(({ on }) => on.slice(0, -1));
  return {
    problems,
    failures: hasFailed.filter((failed, index) => failed && (connections[index]?.numbers.length ?? 0) > 0).length,
    repeatedBatches: new Set(repeated).size,
    repeatedSamples: repeated.length,
  };
}

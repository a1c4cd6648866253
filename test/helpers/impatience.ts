/**
 * The patience of the agent in fault runs: what takes it minutes with a collector that is away or
 * silent takes it a second. Not less than that for silence: on a busy machine a collector that is
 * well may need some hundred milliseconds, and a silence that it did not mean would count as a
 * fault of the agent.
 */
export const impatience = { backoffMinMs: 50, backoffMaxMs: 300, refusedRetryMs: 300, silenceMs: 1000 } as const;

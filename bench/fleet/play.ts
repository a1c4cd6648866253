import { playFleet } from './course.ts';

/**
 * Runs the simulation in a separate process, because it needs much memory. Prints the figures of
 * `fleet.ts` as JSON.
 */
process.stdout.write(JSON.stringify({ usual: await playFleet(false), spread: await playFleet(true) }));

import { playFleet } from './course.ts';

/** The simulation, in a process of its own for its memory's sake: prints the figures of `fleet.ts` as JSON. */
process.stdout.write(JSON.stringify({ usual: await playFleet(false), spread: await playFleet(true) }));

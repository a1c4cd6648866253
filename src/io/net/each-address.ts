import { lookUpName } from './name-lookups.ts';

/**
 * How a name is connected to. The time is how long Node tries each of its addresses, except the
 * last, before it tries the next one. Node's own 250 ms are too few for a server far away: a host
 * that can't reach the last of the server's addresses would never reach the server.
 */
export const eachAddress = { autoSelectFamilyAttemptTimeout: 3000, lookup: lookUpName } as const;

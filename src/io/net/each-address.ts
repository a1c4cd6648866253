import { lookUpName } from './name-lookups.ts';

/**
 * How a name is connected to. Node tries each of its addresses, except the last, for this long
 * before it tries the next one. Its own 250 ms are too few for a server far away: a host that can't
 * reach the last of the server's addresses would never reach the server.
 */
export const eachAddress = { autoSelectFamilyAttemptTimeout: 3000, lookup: lookUpName } as const;

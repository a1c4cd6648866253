/**
 * How Node tries the addresses of a name, one after the other: each but the last for so long. Its own 250 ms are too few for a server far
 * away, which would never be reached from a host that has no way to the last of its addresses.
 */
export const eachAddress = { autoSelectFamilyAttemptTimeout: 3000 } as const;

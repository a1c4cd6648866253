/**
 * How long Node tries each address of a name, except the last, before it tries the next one. Its
 * own 250 ms are too few for a server far away: a host that can't reach the last of the server's
 * addresses would never reach the server.
 */
export const eachAddress = { autoSelectFamilyAttemptTimeout: 3000 } as const;

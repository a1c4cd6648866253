/** How long the path of a socket may be, in bytes, on every system that we know; Linux alone would take 107. */
export const longestSocketPath = 103;

/** Whether a socket can have this path. */
export function fitsSocket(path: string): boolean {
  return Buffer.byteLength(path) <= longestSocketPath;
}

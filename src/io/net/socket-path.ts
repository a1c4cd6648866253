/** The longest path of a socket that every known system accepts, in bytes. Linux accepts 107. */
export const longestSocketPath = 103;

/** Whether the path is short enough for a socket. */
export function fitsSocket(path: string): boolean {
  return Buffer.byteLength(path) <= longestSocketPath;
}

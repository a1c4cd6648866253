/**
 * One figure of the host: the metric's name without the host in front, such as `cpu.user`, and its
 * value before rounding.
 */
export type HostReading = readonly [name: string, value: number];

/** Returns bytes as MiB. */
export function mib(bytes: number): number {
  return bytes / 1_048_576;
}

/**
 * Returns `part` as percent of `whole`. Not finite if `whole` is 0; such a reading does not become
 * a sample.
 */
export function percent(part: number, whole: number): number {
  return (part / whole) * 100;
}

/** Parses a counter as the kernel prints it, digits only; null for anything else. */
export function parseCount(word: string | undefined): number | null {
  return word !== undefined && /^\d+$/.test(word) ? Number(word) : null;
}

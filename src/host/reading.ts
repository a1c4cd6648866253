/** One figure of the host: a metric's name without the host in front, `cpu.user`, and its value, not yet rounded. */
export type HostReading = readonly [name: string, value: number];

/** Bytes as MiB. */
export function mib(bytes: number): number {
  return bytes / 1_048_576;
}

/** `part` of `whole` in percent. Not finite when `whole` is 0; such readings never become samples. */
export function percent(part: number, whole: number): number {
  return (part / whole) * 100;
}

/** A counter as the kernel prints it: digits only; null for anything else. */
export function parseCount(word: string | undefined): number | null {
  return word !== undefined && /^\d+$/.test(word) ? Number(word) : null;
}

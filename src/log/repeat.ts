/**
 * Whether the `n`th occurrence in a row is logged: the first, 2nd, 4th, 8th … Steady trouble
 * grows quiet, but never silent.
 */
export function isLoggedAt(n: number): boolean {
  return n > 0 && Number.isInteger(Math.log2(n));
}

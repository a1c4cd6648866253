/**
 * A finite number as `-?\d+(\.\d+)?(e-\d+)?`, the one form that every server we send text to understands as a number: no `e+`, which
 * Instrumental's collector refuses. `Number` of it gives the same number again. -0 is `0`.
 */
export function valueText(value: number): string {
  return Math.abs(value) < 1e21 ? String(value) : BigInt(value).toString(); // from 1e21 on, String writes e+21
}

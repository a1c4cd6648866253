/**
 * Returns a finite number as `-?\d+(\.\d+)?(e-\d+)?`. Every server that gets text from the agent
 * reads this form as a number; Instrumental's collector refuses `e+`. `Number` of the text gives
 * the same number again, and -0 is `0`.
 */
export function valueText(value: number): string {
  return Math.abs(value) < 1e21 ? String(value) : BigInt(value).toString(); // from 1e21 on, String writes e+21
}

/**
 * Returns the same text, of characters up to 255, without the larger text that it was cut from,
 * which would stay in memory with it.
 */
export function copyOf(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}

/** A number with its noun: `1 sample`, `2 samples`. The plural is made with an `s`. */
export function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** A whole number with separators: `3,000`. */
export function readableNumber(number: number): string {
  return number.toLocaleString('en-US');
}

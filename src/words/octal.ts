/** Permission bits as `chmod` takes them, at least four digits: `0755`. */
export function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

/** The shell's way to quote a word: nothing in it has a meaning any more. */
export function quoted(word: string): string {
  return word.includes("'") ? `'${word.replaceAll("'", "'\\''")}'` : `'${word}'`;
}

/**
 * Quoted for a shell, so that a command can be typed as it stands: one line that acts on no
 * terminal, whatever the word (but one that ends in a line feed).
 */
export function typeable(word: string): string {
  if (!/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(word)) return quoted(word);
  const bytes = Array.from(new TextEncoder().encode(word), (byte) => `\\${byte.toString(8).padStart(3, '0')}`);
  return `"$(printf '${bytes.join('')}')"`;
}

/** The shell's way to quote a word: nothing in it has a meaning any more. */
export function quoted(word: string): string {
  return word.includes("'") ? `'${word.replaceAll("'", "'\\''")}'` : `'${word}'`;
}

/**
 * Quoted for a shell, so that a command can be typed as it stands: one line that acts on no
 * terminal, whatever the word. `$(…)` would drop a line feed at the end, so a word that ends in one
 * has the quotes `$'…'` of bash, zsh and others; to a shell without them it is a relative path that
 * begins with `$`, and no other file's.
 */
export function typeable(word: string): string {
  if (!/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(word)) return quoted(word);
  const bytes = Array.from(new TextEncoder().encode(word), (byte) => `\\${byte.toString(8).padStart(3, '0')}`);
  return word.endsWith('\n') ? `$'${bytes.join('')}'` : `"$(printf '${bytes.join('')}')"`;
}

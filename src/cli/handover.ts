/** What `start` hands to the process that becomes the agent: the words of its command line, and the directory in which relative paths start. */
export type Handover = { readonly argv: readonly string[]; readonly cwd: string };

/** As it travels. */
export function handoverText(handover: Handover): string {
  return JSON.stringify(handover);
}

/** What travelled; null: it is not what `handoverText` makes. Never throws. */
export function parseHandover(text: string): Handover | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('argv' in value) || !('cwd' in value)) return null;
    const { argv, cwd } = value;
    return isWords(argv) && typeof cwd === 'string' ? { argv, cwd } : null;
  } catch {
    return null;
  }
}

function isWords(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((word) => typeof word === 'string');
}

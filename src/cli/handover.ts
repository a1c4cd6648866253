/**
 * What `start` hands over to the process that becomes the agent: the words of its command line,
 * and the directory from which relative paths start.
 */
export type Handover = { readonly argv: readonly string[]; readonly cwd: string };

/** Returns a handover as text, for the pipe to the new process. */
export function handoverText(handover: Handover): string {
  return JSON.stringify(handover);
}

/** Parses the text of `handoverText`; null if it is anything else. Never throws. */
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

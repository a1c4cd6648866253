/** Returns one line that names a process: its id, and its start, which no later process shares. */
export function processLine({ pid, startedAt }: { readonly pid: number; readonly startedAt: string }): string {
  return `${pid} ${startedAt}`;
}

/** Parses a line of `processLine`; null if it is anything else. Never throws. */
export function parseProcessLine(line: string): { readonly pid: number; readonly startedAt: string } | null {
  const [, digits, startedAt] = /^([1-9]\d{0,9}) ([^\n]+)$/.exec(line) ?? [];
  return digits === undefined || startedAt === undefined ? null : { pid: Number(digits), startedAt };
}

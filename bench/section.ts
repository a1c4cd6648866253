/** A figure that must hold: `measured` is at most `allowed`, or below it. */
export type Limit = {
  readonly what: string;
  readonly measured: number;
  readonly allowed: number;
  readonly unit: string;
  readonly digits: number;
};

/**
 * A section of `docs/benchmarks.md`: Markdown without its heading, and the figures that must hold.
 */
export type Section = { readonly text: string; readonly limits: readonly Limit[] };

/** One hot path. `run` measures it, and prints its progress. */
export type Bench = {
  readonly name: string;
  readonly title: string;
  run(say: (line: string) => void): Promise<Section>;
};

/** Whether a figure is beyond its limit. A figure that could not be measured (NaN) is not. */
export function isBroken({ measured, allowed }: Limit): boolean {
  return measured > allowed;
}

/** One line: what, figure, limit, whether it holds. */
export function limitLine(limit: Limit): string {
  const { what, measured, allowed, unit, digits } = limit;
  if (Number.isNaN(measured)) return `${what}: not measured, at most ${allowed}${unit} allowed`;
  return `${what}: ${measured.toFixed(digits)}${unit} of at most ${allowed}${unit}: ${isBroken(limit) ? '**does not hold**' : 'holds'}`;
}

/** A Markdown table. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

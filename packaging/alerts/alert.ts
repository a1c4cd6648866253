/**
 * A length of time in a rule, as PromQL writes it (`5m`). What is scaled this way shrinks together
 * when rules are made for a test.
 */
export type Span = (seconds: number) => string;

/**
 * One alert. `summary` and `description` are templates as Prometheus and vmalert read them; they
 * name the host, what is wrong, and what to type there.
 */
export type Alert = {
  readonly name: string;
  readonly severity: 'warning' | 'critical';
  /** For how many seconds the expression must hold before the alert fires. */
  readonly forS: number;
  /** The condition in plain words, for docs/alerting.md. */
  readonly firesIf: string;
  readonly expression: (span: Span) => string;
  readonly summary: string;
  readonly description: string;
};

/** Alerts that are evaluated together. */
export type AlertGroup = {
  readonly name: string;
  /** The key of `[agent]` that must be true so that they can fire. */
  readonly needs: string;
  readonly alerts: readonly Alert[];
};

/**
 * Returns how PromQL writes lengths of time. `pace` 1: as they are; 30: thirty times as short, in
 * milliseconds.
 */
export function spanAt(pace: number): Span {
  return (seconds) => (pace === 1 ? wholeSpan(seconds) : `${Math.round((seconds * 1000) / pace)}ms`);
}

function wholeSpan(seconds: number): string {
  for (const [unit, length] of [
    ['d', 86_400],
    ['h', 3600],
    ['m', 60],
  ] as const)
    if (seconds >= length && seconds % length === 0) return `${seconds / length}${unit}`;
  return `${seconds}s`;
}

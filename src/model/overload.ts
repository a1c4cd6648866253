/**
 * There is more to run than fits into the interval, since `sinceS`. At the last tick `waiting` of
 * `plugins` waited for one of `slots`. `cpuBusyPercent` null: not known.
 */
export type Overload = {
  readonly sinceS: number;
  readonly waiting: number;
  readonly plugins: number;
  readonly longestWaitS: number;
  readonly slots: number;
  readonly cpuBusyPercent: number | null;
  /** What is wrong, and what would help. */
  readonly explanation: string;
};

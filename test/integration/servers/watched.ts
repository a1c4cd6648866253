import type { Server } from './server.ts';

/** A real server that a sample plugin looks at. */
export type Watched = Server & {
  /** What tells the plugin where it is, and whose login to use. */
  readonly env: Readonly<Record<string, string>>;
  /** The same said in another way, where there is one. */
  readonly otherEnv?: Readonly<Record<string, string>>;
  /** Makes its counters go up. */
  use(): Promise<void>;
};

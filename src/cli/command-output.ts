import type { RenderOptions } from './rendering.ts';

/** Prints the messages of a command. Neither function throws or rejects. */
export type CommandOutput = {
  /** Prints a line on stdout. Resolves when it is written. */
  say(line: string): Promise<void>;
  /** Prints a line on stderr, after the name of the program. */
  complain(line: string): void;
};

/** Prints what a script does. `write` adds no line end. */
export type ScriptOutput = {
  readonly write: (text: string) => Promise<void>;
  readonly complain: (line: string) => void;
  readonly options: RenderOptions;
};

/** A `ScriptOutput` that can end. `stopped` resolves to the name of the signal that ended it. */
export type StoppableOutput = ScriptOutput & { readonly stopped: Promise<string> };

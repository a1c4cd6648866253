import type { RenderOptions } from './render.ts';

/** How a command talks to the person who typed it. Neither throws, nor rejects. */
export type CommandOutput = {
  /** Prints a line on stdout; resolves when it is out. */
  say(line: string): Promise<void>;
  /** Prints a line on stderr, with the program's name before it. */
  complain(line: string): void;
};

/** Where what a script does is told. */
export type ScriptOutput = {
  readonly write: (text: string) => Promise<void>;
  readonly complain: (line: string) => void;
  readonly options: RenderOptions;
};

/** A `ScriptTalk` with somebody who may lose patience. `stopped` gives the name of the signal that ended it. */
export type StoppableOutput = ScriptOutput & { readonly stopped: Promise<string> };

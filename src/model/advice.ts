/**
 * What a person should know, and what to type. `sentence` says what is wrong and, where no command can mend it, what to do.
 * Each of `commands` is one complete shell command, safe to obey and ready to paste; empty where none helps.
 * Made where the cause is known, and shown as it is: no part of the program parses a sentence.
 */
export type Advice<Kind extends string = string> = {
  readonly kind: Kind;
  readonly sentence: string;
  readonly commands: readonly string[];
};

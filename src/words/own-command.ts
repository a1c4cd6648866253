import { typeable } from './shell-words.ts';

/** How this program is typed so that its commands meet one agent, whatever the folder. */
export type OwnProgram = {
  /** The words that start the program: its name or its path, with `node` before it if needed. */
  readonly program: readonly string[];
  /** The flags by which every command finds the agent. */
  readonly stateDir: readonly string[];
  /** The flags by which a command reads the agent's configuration; none of them is a secret. */
  readonly configuration: readonly string[];
  /** The file of the configuration; null: it is a pipe, which can't be edited. */
  readonly configFile: string | null;
  /**
   * Whether these flags lead to all of the configuration. Not if a key was in a flag or in the
   * environment, or if the file was a pipe.
   */
  readonly isWhole: boolean;
};

/** The commands of its own that an agent hands out. Each is one complete line for a shell. */
export type OwnCommands = {
  /** Shows the plugin of this file name, and why it reports nothing. */
  status(file: string): string;
  /** Runs the plugin of this file name once, for a person. */
  run(file: string): string;
  /** Runs a script once, for a person, and reads its output in a format. */
  tryAs(script: string, format: string): string;
  /** The file of the configuration; null: it can't be edited. */
  readonly configFile: string | null;
  /** Prints the link of the page. */
  readonly link: string;
  /** Asks the sinks; null: no command can be typed that has their keys. */
  readonly checkSinks: string | null;
};

/** The commands for an agent that is typed like this. */
export function ownCommands({ program, stateDir, configuration, configFile, isWhole }: OwnProgram): OwnCommands {
  return {
    status: (file) => shellLine([...program, ...stateDir, 'status'], [file]),
    run: (file) => shellLine([...program, ...stateDir, 'run'], [file]),
    tryAs: (script, format) => shellLine([...program, ...stateDir, 'run', '--format', format], [script]),
    configFile,
    link: shellLine([...program, ...stateDir, 'link'], []),
    checkSinks: isWhole ? shellLine([...program, ...configuration, ...stateDir, 'check', '--connect'], []) : null,
  };
}

/**
 * One line for a shell. `operands` are arguments that may be any text: where one begins with `-`,
 * `--` stands before them, so that none is taken for a flag.
 */
export function shellLine(words: readonly string[], operands: readonly string[]): string {
  const marker = operands.some((operand) => operand.startsWith('-')) ? ['--'] : [];
  return [...words, ...marker, ...operands].map(shellWord).join(' ');
}

/** A word as a shell reads it, quoted only where it needs to be. */
function shellWord(word: string): string {
  return /^[\w@%+:,./-][\w@%+=:,./-]*$/.test(word) ? word : typeable(word);
}

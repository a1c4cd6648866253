import { formatNames } from '../../model/format.ts';
import { type CommandName, flagsTakenBy } from '../command-flags.ts';
import { allFlags, flagGroups, flagsOf, type KnownFlag, stallSteps } from '../flags.ts';
import { commands } from '../help.ts';
import { importSystems } from '../import/imported.ts';
import { scriptCommands } from '../misuse.ts';

/** What a shell offers for the value of a flag. `words` are all values that there are. */
export type FlagValue =
  | { readonly kind: 'file' | 'folder' | 'user' | 'other' }
  | { readonly kind: 'words'; readonly words: readonly string[] };

/** A flag as a shell completes it. `value` null: it has none. `does` is short, and on one line. */
export type CompletedFlag = {
  readonly short: string | null;
  readonly long: string;
  readonly value: FlagValue | null;
  readonly does: string;
};

/** The shells that `completion` knows. */
export const shells = ['bash', 'zsh', 'fish'] as const;

/** The systems that may stand behind `import`, before a path. */
export const systems = importSystems;

/** The names of all commands, each with what it does. */
export const completedCommands = Object.entries(commands).map(([name, does]) => ({ name, does }));

/** The flags that stand before a command, or without one. */
export const commonFlags = (flagGroups[0]?.flags ?? []).map(completed);

/** The commands that have flags of their own, with all flags that they take. */
export const commandsWithFlags = (Object.keys(commands) as readonly string[])
  .filter((name): name is CommandName => name !== 'help')
  .map((name) => ({ name, flags: flagsTakenBy(name) }))
  .filter(({ flags }) => flags.length !== flagsOf.agent.length)
  .map(({ name, flags }) => ({ name, flags: flags.map(completed) }));

/** Every spelling of every flag that is followed by its value. */
export const valuedSpellings = allFlags.flatMap(({ short, long, argument }) =>
  argument === null ? [] : [short, long].flatMap((spelling) => spelling ?? []),
);

/** The flags by which `status --names` finds the agent. */
export const findingSpellings = allFlags.flatMap(({ short, long }) =>
  ['--config-file', '--state-dir', '--user'].includes(long) ? [short, long].flatMap((spelling) => spelling ?? []) : [],
);

/** The commands behind which a plugin's name may stand; of some, a file as well. */
export const pluginCommands = scriptCommands;
/** The commands behind which the name of a file may stand. */
export const fileCommands: readonly string[] = ['run', 'dev', 'backup'];

function completed({ short, long, argument, does }: KnownFlag): CompletedFlag {
  return { short, long, value: argument === null ? null : flagValue(argument), does: does.replace(/ \(.*\)$/, '') };
}

function flagValue(argument: string): FlagValue {
  switch (argument) {
    case 'FILE':
      return { kind: 'file' };
    case 'DIR':
      return { kind: 'folder' };
    case 'USER':
      return { kind: 'user' };
    case 'FORMAT':
      return { kind: 'words', words: formatNames };
    case 'STEP':
      return { kind: 'words', words: stallSteps };
    default:
      return { kind: 'other' };
  }
}

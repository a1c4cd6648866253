import { flagsOf, type KnownFlag } from './flags.ts';
import type { commands } from './help.ts';

/** The name of a command that does more than print a text. */
export type CommandName = Exclude<keyof typeof commands, 'help'>;

/** The flags of single commands, beside those that all have. */
export const reportFlags: Readonly<Partial<Record<CommandName, readonly string[]>>> = {
  status: ['--json', '--names'],
  check: ['--json', '--connect', '--strict'],
  run: ['--json', '--format', '--explain'],
  dev: ['--format'],
  import: ['--write'],
};

/** Returns the flags that mean something to a command, those that print a text aside. */
export function flagsTakenBy(command: CommandName): readonly KnownFlag[] {
  if (command === 'collector') return flagsOf.collector;
  const own = reportFlags[command] ?? [];
  return [...flagsOf.agent, ...flagsOf.report.filter(({ long }) => own.includes(long))];
}

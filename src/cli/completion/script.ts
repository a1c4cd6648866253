import { bashCompletion } from './bash.ts';
import { fishCompletion } from './fish.ts';
import type { shells } from './tables.ts';
import { zshCompletion } from './zsh.ts';

/** A shell that `completion` knows. */
export type Shell = (typeof shells)[number];

/** The script that makes a shell complete the command lines of this program. */
export function completionScript(shell: Shell): string {
  switch (shell) {
    case 'bash':
      return bashCompletion();
    case 'zsh':
      return zshCompletion();
    case 'fish':
      return fishCompletion();
  }
}

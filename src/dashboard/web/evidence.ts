import type { Reason } from '../../model/advice.ts';
import type { PluginStatus } from '../../model/status.ts';
import { shellLine } from '../../words/own-command.ts';
import { visible } from '../../words/visible.ts';

const shownCharacters = 200; // of a line that a plugin printed

/**
 * Returns the reasons as row and details show them: without the command that shows this plugin's
 * status, for the page shows that itself.
 */
export function reasonsOnPage({ file, reasons }: PluginStatus): readonly Reason[] {
  const status = ` ${shellLine(['status'], [file])}`;
  const isShownHere = (command: string) => command.endsWith(status);
  if (!reasons.some(({ commands }) => commands.some(isShownHere))) return reasons;
  return reasons.map((reason) => ({
    ...reason,
    commands: reason.commands.filter((command) => !isShownHere(command)),
  }));
}

/**
 * Returns the line that shows what is wrong: of a plugin that reports nothing the last one on
 * stderr, of one that reports in part the first bad line. Null: there is none, or its reasons say
 * it already. It holds text that the plugin printed.
 */
export function evidenceOf({ state, reasons, lastRun }: PluginStatus): string | null {
  const isSaid = (text: string) => {
    const begin = visible(text.slice(0, shownCharacters));
    return reasons.some(({ sentence }) => sentence.includes(begin));
  };
  if (!lastRun || reasons.length === 0) return null;
  if (state === 'failing' || state === 'silent') {
    const { lastStderr } = lastRun;
    return lastStderr === null || isSaid(lastStderr) ? null : `stderr: ${shortened(lastStderr)}`;
  }
  if (state !== 'ok' && state !== 'bad-lines') return null;
  const bad = lastRun.firstBadLine;
  return bad === null || isSaid(bad.text) ? null : `line ${bad.line}: ${shortened(bad.text)}`;
}

function shortened(line: string): string {
  return line.length > shownCharacters ? `${line.slice(0, shownCharacters)}…` : line;
}

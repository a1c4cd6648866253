import type { Files } from '../io/disk/files.ts';
import type { Advice } from '../model/advice.ts';
import type { Plugin } from '../model/plugin.ts';
import { counted } from '../words/counted.ts';
import { typeable } from '../words/shell-words.ts';
import { visible } from '../words/visible.ts';
import { firstLineOf } from './script-notes.ts';

type WarningFiles = Pick<Files, 'facts' | 'hasCapabilities' | 'head' | 'realpath'>;

/** What is noteworthy about an accepted script that is not seen from its mode. */
export type ScriptWarningKind = 'hard-links' | 'file-capabilities' | 'interpreter-loop';

const mostLevels = 5; // of scripts that interpret each other, on Linux

/**
 * Returns what a check warns of in an accepted script: other names of the file, its capabilities,
 * and a `#!` line that leads back to a script. Costs a few looks. Never throws.
 */
export function warningsOnScript({ path }: Plugin, files: WarningFiles): readonly Advice<ScriptWarningKind>[] {
  return [hardLinks(path, files), capabilities(path, files), interpreterLoop(path, files)].filter(
    (one) => one !== null,
  );
}

/** Another name may be in a folder of others, or be taken for another file. */
function hardLinks(path: string, files: WarningFiles): Advice<'hard-links'> | null {
  const facts = files.facts(path);
  if (facts.kind === 'failed' || facts.names < 2) return null;
  const sentence =
    `${nameOf(path)} has ${counted(facts.names, 'name')} (hard links): what is written under another one, ` +
    'which may be in a folder of others, is run as well; find them, and remove those that should not be';
  return { kind: 'hard-links', sentence, commands: [`find / -samefile ${typeable(path)} 2>/dev/null`] };
}

function capabilities(path: string, files: WarningFiles): Advice<'file-capabilities'> | null {
  if (files.hasCapabilities(path) !== true) return null;
  const isScript = firstLineOf(files, path)?.startsWith('#!') ?? false;
  const effect = isScript
    ? 'which have no effect on a #! script'
    : "which give its process rights that the agent's user does not have";
  const sentence = `${nameOf(path)} has file capabilities, ${effect}; remove them if they are not wanted`;
  return { kind: 'file-capabilities', sentence, commands: [`sudo setcap -r ${typeable(files.realpath(path))}`] };
}

/** Follows the `#!` lines from script to script, as the system does. */
function interpreterLoop(path: string, files: WarningFiles): Advice<'interpreter-loop'> | null {
  const met: string[] = [];
  let at = files.realpath(path);
  while (!met.includes(at)) {
    met.push(at);
    const interpreter = /^#![ \t]*(\/[^ \t\r]*)/.exec(firstLineOf(files, at) ?? '')?.[1];
    if (interpreter === undefined) {
      if (met.length - 1 <= mostLevels) return null;
      const sentence =
        `the #! line of ${nameOf(path)} leads through ${counted(met.length - 1, 'script')}, ` +
        `each the interpreter of the one before it; the system follows ${mostLevels}, so it does not start; ` +
        'name a program that is not a script in one of these #! lines';
      return { kind: 'interpreter-loop', sentence, commands: [] };
    }
    at = files.realpath(interpreter);
  }
  const way = [...met, at].map(typeable).join(', then ');
  const sentence = `the #! line of ${nameOf(path)} leads back to a script (${way}), so it does not start; correct it`;
  return { kind: 'interpreter-loop', sentence, commands: [] };
}

function nameOf(path: string): string {
  return visible(path.slice(path.lastIndexOf('/') + 1));
}

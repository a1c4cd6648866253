import type { Files } from '../io/disk/files.ts';
import type { Advice } from '../model/advice.ts';
import type { ScriptNoteKind } from '../model/plugin.ts';
import { isShellText, shebangTrouble } from '../words/shebang.ts';

/** Enough of a file for the first line that the system reads. */
const headBytes = 512;

/** The first line of a file (Latin-1, no line end, cut at 512 bytes); null: it can't be read. */
export function firstLineOf(files: Pick<Files, 'head'>, path: string): string | null {
  return files.head(path, headBytes)?.split('\n', 1)[0] ?? null;
}

/**
 * What is wrong with the first line of an accepted script, which may work all the same; null:
 * nothing, or it can't be read. A script without a `#!` line is noted only if its name ends as
 * those for another interpreter than the shell do. Costs one read of the file. Never throws.
 */
export function noteOnScript(files: Pick<Files, 'head'>, path: string): Advice<ScriptNoteKind> | null {
  const firstLine = firstLineOf(files, path);
  const trouble = firstLine === null ? null : shebangTrouble(path, firstLine);
  return trouble && { kind: trouble.kind, sentence: trouble.sentence, commands: trouble.commands };
}

/** The same for a trial, in which also a script without a `#!` line that works is noted. */
export function noteOnTrial(files: Pick<Files, 'head'>, path: string): Advice<ScriptNoteKind> | null {
  const firstLine = firstLineOf(files, path);
  if (firstLine === null || !isShellText(firstLine)) return noteOnScript(files, path);
  const plain = { kind: 'no-shebang', sentence: 'it has no #! line, so /bin/sh runs it', commands: [] } as const;
  return noteOnScript(files, path) ?? plain;
}

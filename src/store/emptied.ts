import { type Files, renameFile } from '../io/disk/files.ts';
import type { Advice } from '../model/advice.ts';
import { counted } from '../words/counted.ts';

/**
 * Looks for an empty or missing database beside what an agent had kept with it: its log (`-wal`),
 * or outputs of plugins. The log is renamed, because SQLite would delete it. `life` makes its name
 * a new one. Returns what was found, what it means and what to do. Null: nothing. Throws the
 * system's error.
 */
export function findEmptied(files: Files, path: string, outputs: number, life: string): Advice | null {
  if (sizeOf(files, path) > 0) return null;
  const log = `${path}-wal`;
  const hasLog = sizeOf(files, log) > 0;
  if (!hasLog && outputs === 0) return null;
  const aside = `${log}.${life}`;
  if (hasLog) renameFile(log, aside);
  const found = [
    ...(hasLog ? ['a log of it'] : []),
    ...(outputs > 0 ? [`${counted(outputs, 'kept output')} of plugins`] : []),
  ].join(' and ');
  const kept = hasLog ? ` The log is kept as ${aside}.` : '';
  const beside = hasLog ? `, and the log beside it as ${log}` : '';
  const sentence =
    `the database ${path} is empty or missing, but beside it there is ${found}: it was removed or cut, ` +
    `and samples that waited in it are lost, unless you have a copy.${kept} ` +
    `To use a copy: stop the agent, put it in the place of the database${beside}, start the agent`;
  return { kind: 'store-emptied', sentence, commands: [] };
}

function sizeOf(files: Files, path: string): number {
  const facts = files.facts(path);
  return facts.kind === 'failed' ? 0 : facts.sizeBytes;
}

import type { ImportHost } from './imported.ts';
import { withoutComment } from './munin-conf.ts';
import { readSourceText } from './source-text.ts';

/** What `munin-node.conf` says that concerns plugins. */
export type MuninNode = {
  /** Returns the pattern by which munin-node leaves a file out; null: there is none. */
  readonly ignored: (name: string) => string | null;
  readonly remarks: readonly string[];
};

/** Reads `munin-node.conf`. A missing file says nothing. */
export function readMuninNode(path: string, host: ImportHost): MuninNode {
  const isMissing = host.files.facts(path).kind === 'failed';
  const text = isMissing ? null : readSourceText(host, path);
  if (text === null) return { ignored: () => null, remarks: [] };
  if (!text.ok) return { ignored: () => null, remarks: [`${path} ${text.error}`] };
  const patterns: { readonly source: string; readonly pattern: RegExp }[] = [];
  const remarks: string[] = [];
  for (const [index, each] of text.value.split('\n').entries()) {
    const [, key = '', value = ''] = /^(\w+)\s+(.+)$/s.exec(withoutComment(each)) ?? [];
    const where = `${path}:${index + 1}: ${key} ${value}`;
    if (key === 'timeout' || key === 'global_timeout')
      remarks.push(`${where}: the agent never ends a run; a plugin that may hang has to end itself`);
    if (key !== 'ignore_file') continue;
    const pattern = patternOf(value);
    if (pattern === null) remarks.push(`${where}: this pattern can't be read, and is left out`);
    else patterns.push({ source: value, pattern });
  }
  return { ignored: (name) => patterns.find(({ pattern }) => pattern.test(name))?.source ?? null, remarks };
}

/** A pattern of Perl, as far as JavaScript has the same; null: it has not. */
function patternOf(source: string): RegExp | null {
  try {
    return new RegExp(source);
  } catch {
    return null;
  }
}

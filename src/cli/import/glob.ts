import { join } from 'node:path';
import type { ImportHost } from './imported.ts';
import { sortedNames } from './source-text.ts';

/** Whether a path is a pattern of file names. */
export function isPattern(path: string): boolean {
  return /[*?[]/.test(path);
}

/**
 * The existing files that a pattern stands for, sorted: an absolute path in which `*`, `?` and
 * `[…]` stand for characters of a name, those at its beginning too.
 */
export function filesLike(pattern: string, host: ImportHost): readonly string[] {
  let paths: readonly string[] = ['/'];
  for (const part of pattern.split('/').filter((each) => each !== '')) {
    const expected = isPattern(part) ? testOf(part) : null;
    paths = paths.flatMap((folder) => {
      if (expected === null) return [join(folder, part)];
      const names = sortedNames(host, folder);
      return names.ok ? names.value.filter(expected).map((name) => join(folder, name)) : [];
    });
  }
  return paths.filter((path) => host.files.facts(path).kind !== 'failed');
}

/** Whether names fit a pattern of one name. A pattern that is wrong fits none. */
function testOf(pattern: string): (name: string) => boolean {
  const source = pattern.replace(/\*+|\[(\^?)([^\]]+)\]|[\s\S]/g, (piece, negation?: string, characters?: string) => {
    if (characters !== undefined) return `[${negation}${characters.replace(/[\\[\]^]/g, '\\$&')}]`;
    if (piece.startsWith('*')) return '.*';
    return piece === '?' ? '.' : piece.replace(/[\\^$.|+(){}[\]/]/g, '\\$&');
  });
  try {
    const expression = new RegExp(`^${source}$`, 's');
    return (name) => expression.test(name);
  } catch {
    return () => false; // a range such as [z-a]
  }
}

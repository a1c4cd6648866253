import type { Problem } from './problem.ts';
import { allSettings } from './schema.ts';
import type { Source } from './source.ts';

/** The place of a section's first line, as `file:line`; null: there is no such section. */
export function sectionAt(source: Source, name: string): string | null {
  for (const { file, sections } of source.files) {
    const found = sections.find(({ section }) => section === name);
    if (found) return `${file}:${found.line}`;
  }
  return null;
}

/**
 * Whether a line of this section, in any file, has a problem and may have been meant as one of
 * `keys`: it can't be read, its key does not exist, or its key is one of `keys`. Then it would be
 * misleading to call the key missing as well.
 */
export function mayHold(source: Source, name: string, keys: readonly string[], problems: readonly Problem[]): boolean {
  const others = allSettings.filter((row) => row.section === name && !keys.includes(row.key)).map((row) => row.key);
  if (keys.length === 0) return false;
  return problems.some(({ where, key }) => isKeyLineOf(source, name, where) && (key === null || !others.includes(key)));
}

function isKeyLineOf(source: Source, name: string, where: string): boolean {
  return source.files.some(({ file, sections }) => {
    const line = where.startsWith(`${file}:`) ? Number(where.slice(file.length + 1)) : Number.NaN;
    const section = sections.findLast((each) => each.line <= line);
    return section?.section === name && section.line !== line;
  });
}

import type { Problem } from './problem.ts';
import type { Source } from './source.ts';

/** Where a section's first line stands, `file:line`; null: nowhere. */
export function sectionAt(source: Source, name: string): string | null {
  for (const { file, sections } of source.files) {
    const found = sections.find(({ section }) => section === name);
    if (found) return `${file}:${found.line}`;
  }
  return null;
}

/** Whether one of the problems stands on a line of this section, in any file. */
export function hasProblem(source: Source, name: string, problems: readonly Problem[]): boolean {
  return problems.some(({ where }) =>
    source.files.some(({ file, sections }) => {
      const line = where.startsWith(`${file}:`) ? Number(where.slice(file.length + 1)) : Number.NaN;
      return sections.findLast((section) => section.line <= line)?.section === name;
    }),
  );
}

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8');

/** The files that the page names: whole paths anywhere, and names in the part of a folder, whose heading names that folder. */
function namedFiles(): readonly string[] {
  const whole = [...page.matchAll(/`(src\/[\w./-]+\.\w+)`/g)].flatMap(([, path]) => path ?? []);
  const parts = page.split(/^#+ /m).flatMap((part) => {
    const [, folder] = /^`(src\/[\w/-]*)`/.exec(part) ?? [];
    if (folder === undefined) return [];
    return [...part.matchAll(/`((?!src\/)[\w/-]+\.ts)`/g)].map(([, name]) => `${folder}${name}`);
  });
  return [...whole, ...parts];
}

test('docs/architecture.md names only files that exist', () => {
  expect(namedFiles().length).toBeGreaterThan(150);
  expect(namedFiles().filter((path) => !existsSync(join(root, path)))).toEqual([]);
});
